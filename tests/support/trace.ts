import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Load } from '../../adapters/simulator/outlet.ts';

const FOLDER = new URL('../../../shared/traces/', import.meta.url);
const DAY_S = 86_400;
/** A trace's last value is held over a hole for this long, as its description says. */
const HOLD_S = 60;

export const TRACES = [
  'streaming-pc',
  'encoder-pc',
  'monitor',
  'light-halogen',
  'projector',
  'amplifier',
  'network-switch',
  'laptop',
] as const;

/** Why tests on traces are skipped, or false when the traces are there. */
export const noTraces: string | false = existsSync(FOLDER)
  ? false
  : 'the traces are not beside the project (../shared/traces)';

export interface Trace {
  load: Load;
  /** Energy of the whole day, last value held, Wh. */
  wh: number;
}

/** One day of one real appliance, one value a second, from the clock's zero. */
export function readTrace(name: string): Trace {
  const watts = new Float64Array(DAY_S);
  const rows = gunzipSync(readFileSync(new URL(`${name}.csv.gz`, FOLDER)))
    .toString('utf8')
    .trim()
    .split('\n')
    .slice(1);
  for (const [index, row] of rows.entries()) {
    const [second = 0, value = 0] = row.split(',').map(Number);
    const next = Number(rows[index + 1]?.split(',')[0] ?? DAY_S);
    watts.fill(value, second, Math.min(next, second + HOLD_S, DAY_S));
  }
  const wh = watts.reduce((sum, value) => sum + value / 3600, 0);
  return { wh, load: (monotonicMs) => watts[Math.floor(monotonicMs / 1000)] ?? 0 };
}
