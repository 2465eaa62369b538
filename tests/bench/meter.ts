import { type MeterState, meter, NEW_METER } from '../../model/meter.ts';
import { readingOf } from './studio.ts';
import { type Row, timed } from './timing.ts';

const METERED = 200_000;

export async function bench(): Promise<Row[]> {
  const booked = await timed('meter: readings booked', METERED, 'readings', () => {
    let state: MeterState = NEW_METER;
    for (let n = 0; n < METERED; n += 1) {
      const settings = { runId: 'a', expectedIntervalMs: 10_000, maxWatts: 3680, labels: [] };
      state = meter(state, readingOf('plug-0', n * 10), settings).state;
    }
  });
  return [booked];
}
