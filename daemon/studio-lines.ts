import { energyLine, intensityLine, powerLine } from '../adapters/influx/line-protocol.ts';
import type { StudioConfig } from '../config/schema.ts';
import { footprint } from '../model/emissions.ts';
import { QUARTER_HOUR_MS, sliceWh } from '../model/energy.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import type { PlugId, PlugSpec } from '../model/plug.ts';
import type { PlugDevice } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';
import type { EnergyPointsDeps } from './energy-points.ts';

/** What this studio measures and prices, as lines for the time-series database. */
export function studioLines(
  { studio, influx }: Pick<StudioConfig, 'studio' | 'influx'>,
  plugs: readonly PlugSpec[],
  devices: ReadonlyMap<PlugId, PlugDevice>,
  nowMs: () => number,
) {
  const tags = new Map(
    plugs.map(({ id, kind }) => [id, { plug: id, kind, adapter: devices.get(id)?.adapter ?? '', studio: studio.id }]),
  );
  /** When a point is said that may be said again, UTC ms; null where points are overwritten. */
  const saidAtMs = () => (influx?.flavour === 3 ? nowMs() : null);
  const energy: EnergyPointsDeps['energyLine'] = ({ id, kind }, startMs, slices, price) => {
    const standby = slices.filter(({ phase }) => phase === 'standby');
    const standbyWh = standby.reduce((sum, slice) => sum + sliceWh(slice), 0);
    const taken = { ...footprint(slices, price, QUARTER_HOUR_MS), standbyWh };
    return energyLine({ plug: id, kind, studio: studio.id }, startMs, taken, saidAtMs());
  };
  return {
    saidAtMs,
    energy,
    power(reading: Reading): string | null {
      const own = tags.get(reading.plug);
      return own ? powerLine(reading, own) : null;
    },
    intensities: (points: readonly IntensityPoint[]): string[] =>
      points.flatMap((point) => intensityLine(point, studio.id, saidAtMs()) ?? []),
  };
}
