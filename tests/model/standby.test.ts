import { expect, test } from 'vitest';
import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { PlugSpec } from '../../model/plug.ts';
import { standbyWatts } from '../../model/standby.ts';

const plug = (id: string, essential: boolean): PlugSpec => ({
  ...{ id, name: id, kind: 'other', essential, idleWatts: null, quietSeconds: 0, minOnSeconds: 0 },
  ...{ minOffSeconds: 0, maxWatts: 3680, staleAfterMs: 60_000 },
});
const slices = (id: string, watts: number[], more: Partial<EnergySlice> = {}) =>
  watts.map(
    (mean, index): EnergySlice => ({
      ...{ plug: id, startMs: index * QUARTER_HOUR_MS, sessionId: null, phase: 'standby', ...EMPTY_ENERGY },
      ...{ counterWh: mean / 4, coveredMs: QUARTER_HOUR_MS, ...more },
    }),
  );
const PLUGS = [plug('switch', true), plug('lamp', false)];
const IDLE = [...slices('switch', [9, 9, 9, 9]), ...slices('lamp', [40, 0, 0, 0])];

test('between lives, essential plugs draw on; the others may be cut', () => {
  expect(standbyWatts(PLUGS, IDLE, false)).toEqual({ cutWatts: 9, uncutWatts: 19 });
});

test('where offair cuts already, left on is what a plug drew while it drew', () => {
  expect(standbyWatts(PLUGS, IDLE, true)).toEqual({ cutWatts: 9, uncutWatts: 49 });
});

test('sessions and what was not watched do not count', () => {
  const others = [...slices('lamp', [500], { sessionId: 's' }), ...slices('lamp', [500], { coveredMs: 0 })];
  expect(standbyWatts(PLUGS, [...IDLE, ...others], false)).toEqual({ cutWatts: 9, uncutWatts: 19 });
});
