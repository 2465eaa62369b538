import type { Pricing } from '../../model/emissions.ts';
import type { EnergySlice } from '../../model/energy.ts';
import type { InsightDeps } from './deps.ts';

const DAY_MS = 86_400_000;
/** What is measured between lives over this time says what standby costs; with many plugs over less of it. */
const STANDBY_DAYS = 28;
const STANDBY_PLUG_DAYS = 3000;

/** What the plugs took of late, up to now, with its price. */
export async function recentSlices(deps: InsightDeps): Promise<{ slices: EnergySlice[]; price: Pricing }> {
  const nowMs = deps.nowMs();
  const days = Math.min(STANDBY_DAYS, Math.ceil(STANDBY_PLUG_DAYS / Math.max(1, deps.plugs.length)));
  const fromMs = nowMs - days * DAY_MS;
  return { slices: await deps.slices(fromMs, nowMs), price: await deps.pricingOf(fromMs, nowMs) };
}
