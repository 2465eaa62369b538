import {
  energyLine,
  healthLine,
  intensityLine,
  powerLine,
  savingLine,
  sessionLine,
  sessionTotalLine,
  switchLine,
} from '../../adapters/influx/line-protocol.ts';
import { QUARTER_HOUR_MS, quarterHourStart } from '../../model/energy.ts';
import type { PlugKind } from '../../model/plug.ts';
import type { SessionRecord, SwitchRecord } from '../../model/ports.ts';
import { HEALTH } from '../support/health.ts';
import { readingOf } from '../support/journal-batch.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const STUDIO = 'atelier';
/** Its plugs have the same names. */
export const OTHER = 'loge';
/** Kind, watts, and whether it is on between lives. */
export const PLUGS: readonly { plug: string; kind: PlugKind; watts: number }[] = [
  { plug: 'key-light', kind: 'light', watts: 150 },
  { plug: 'obs-pc', kind: 'pc', watts: 180 },
  { plug: 'roof', kind: 'solar', watts: 900 },
];
const origins = [{ provider: 'rte-odre', factorType: 'lifecycle' as const, status: 'estimated' as const, wh: 1 }];

/**
 * Two days of a studio up to `nowMs`, as offair writes them: power of the last three hours each minute, energy each
 * quarter hour, a live two hours ago, a cut after it.
 */
export function demoPoints(nowMs: number, studio = STUDIO): string[] {
  const lines: (string | null)[] = [];
  for (let atMs = nowMs - 3 * HOUR_MS; atMs < nowMs; atMs += MINUTE_MS)
    for (const { plug, kind, watts } of PLUGS)
      lines.push(powerLine(readingOf({ plug, atMs, watts }), { plug, kind, studio, adapter: 'tapo' }));
  for (let startMs = quarterHourStart(nowMs - 48 * HOUR_MS); startMs < nowMs; startMs += QUARTER_HOUR_MS) {
    for (const { plug, kind, watts } of PLUGS) {
      const [wh, standbyWh] = [watts / 4, startMs < nowMs - 6 * HOUR_MS ? watts / 4 : 0];
      const energy = { wh, standbyWh, grams: wh * 0.03, coverage: 1, unpricedWh: 0, origins };
      lines.push(energyLine({ plug, kind, studio }, startMs, energy));
    }
    const point = { zone: 'FR', startMs, endMs: startMs + QUARTER_HOUR_MS, gramsPerKwh: 30, lowCarbonShare: 0.95 };
    const origin = { provider: 'rte-odre', factorType: 'lifecycle', basis: 'production', status: 'estimated' } as const;
    lines.push(intensityLine({ ...point, ...origin, fetchedAtMs: startMs }, studio));
  }
  const session: SessionRecord = {
    ...{ id: '2026-11-24-1', title: 'Matinale', startedBy: 'api', endedBy: 'api' },
    ...{ startedAtMs: nowMs - 2 * HOUR_MS, endedAtMs: nowMs - HOUR_MS },
    phases: [
      { phase: 'setup', atMs: nowMs - 2 * HOUR_MS },
      { phase: 'live', atMs: nowMs - 2 * HOUR_MS + 10 * MINUTE_MS },
    ],
    audience: [{ atMs: nowMs - 90 * MINUTE_MS, viewers: 1200 }],
  };
  for (const { phase, atMs } of session.phases) lines.push(sessionLine(session, phase, studio, atMs));
  lines.push(sessionLine(session, 'standby', studio, nowMs - HOUR_MS));
  const whole = { wh: 330, grams: 9.9, coverage: 0.99, unpricedWh: 0, origins };
  lines.push(sessionTotalLine({ session, minutes: 60, onAirMinutes: 50, letter: 'B', footprint: whole }, studio));
  const cut: SwitchRecord = {
    ...{ commandId: 'c1', plug: 'key-light', to: 'off', by: 'policy', reason: 'idle', outcome: 'verified' },
    ...{ atMs: nowMs - HOUR_MS + MINUTE_MS, detail: '', tookMs: 800 },
    ...{ reasons: [], source: null, wattsBefore: 12 },
  };
  lines.push(switchLine(cut, studio));
  const saving = { wh: 12, grams: 0.36, unpricedWh: 0 };
  lines.push(savingLine({ plug: 'key-light', studio }, nowMs - 24 * HOUR_MS, saving));
  for (let atMs = nowMs - HOUR_MS; atMs < nowMs; atMs += MINUTE_MS) lines.push(healthLine(HEALTH, studio, atMs));
  return lines.filter((line) => line !== null);
}
