import { type Footprint, footprint, type Pricing } from './emissions.ts';
import type { EnergySlice } from './energy.ts';
import type { SessionRecord } from './ports.ts';
import { isOnAir } from './session.ts';

/** What the plugs measured of one session: all of it, and the part that was on air. */
export interface MeasuredLive {
  session: SessionRecord;
  /** Up to now while it runs. */
  endMs: number;
  /** Time in phase `live`, ms. */
  onAirMs: number;
  whole: Footprint;
  onAir: Footprint;
}

/** @param slices all of the session */
export function measuredLive(
  session: SessionRecord,
  slices: readonly EnergySlice[],
  price: Pricing,
  nowMs: number,
): MeasuredLive {
  const endMs = session.endedAtMs ?? nowMs;
  const onAirMs = onAirSpans(session, nowMs).reduce((sum, span) => sum + span.endMs - span.startMs, 0);
  const plugs = Math.max(1, new Set(slices.map(({ plug }) => plug)).size);
  const whole = footprint(slices, price, plugs * Math.max(1, endMs - session.startedAtMs));
  const live = slices.filter(({ phase }) => isOnAir(phase));
  return { session, endMs, onAirMs, whole, onAir: footprint(live, price, plugs * Math.max(1, onAirMs)) };
}

/** When the session was on air, oldest first; a running one up to now. */
export function onAirSpans(session: SessionRecord, nowMs: number): { startMs: number; endMs: number }[] {
  const endMs = session.endedAtMs ?? nowMs;
  return session.phases.flatMap(({ phase, atMs }, index) => {
    const untilMs = Math.min(session.phases[index + 1]?.atMs ?? endMs, endMs);
    return isOnAir(phase) && untilMs > atMs ? [{ startMs: atMs, endMs: untilMs }] : [];
  });
}

/** Mean watts on air; null when it never was. */
export function meanWatts({ onAir, onAirMs }: Pick<MeasuredLive, 'onAir' | 'onAirMs'>): number | null {
  return onAirMs > 0 ? onAir.wh / (onAirMs / 3_600_000) : null;
}
