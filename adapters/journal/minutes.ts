import { ByteReader, ByteWriter } from './bytes.ts';

export const MINUTE_MS = 60_000;
const QUARTER_HOUR_MS = 15 * MINUTE_MS;
const MINUTES = 15;
/** Means, lowest and highest of a minute are kept to the mW. */
const UNITS_PER_WATT = 1000;

/** What is left of readings when they are thinned. */
export interface Summary {
  readings: number;
  sum: number;
  min: number;
  max: number;
}
/** The minutes of one quarter hour; null: no reading. */
export type Minutes = (Summary | null)[];

/** Readings of one plug, by quarter hour (its start, UTC ms). */
export function minutesOf(atMs: readonly number[], watts: readonly number[]): Map<number, Minutes> {
  const found = new Map<number, Minutes>();
  for (const [index, at] of atMs.entries()) {
    const value = watts[index] ?? 0;
    const startMs = Math.floor(at / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
    let minutes = found.get(startMs);
    if (!minutes) {
      minutes = new Array(MINUTES).fill(null);
      found.set(startMs, minutes);
    }
    const minute = Math.floor((at - startMs) / MINUTE_MS);
    minutes[minute] = together(minutes[minute] ?? null, { readings: 1, sum: value, min: value, max: value });
  }
  return found;
}

export function together(one: Summary | null, other: Summary | null): Summary | null {
  if (!one || !other) return one ?? other;
  return {
    readings: one.readings + other.readings,
    sum: one.sum + other.sum,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
  };
}

export function packMinutes(minutes: Minutes): Uint8Array {
  const bytes = new ByteWriter();
  let last = 0;
  for (const minute of minutes) {
    bytes.number(minute?.readings ?? 0);
    if (!minute) continue;
    const mean = Math.round((minute.sum / minute.readings) * UNITS_PER_WATT);
    bytes.signed(mean - last);
    bytes.signed(mean - Math.round(minute.min * UNITS_PER_WATT));
    bytes.signed(Math.round(minute.max * UNITS_PER_WATT) - mean);
    last = mean;
  }
  return bytes.taken();
}

/** @throws RangeError when the bytes are not minutes */
export function unpackMinutes(packed: Uint8Array): Minutes {
  const bytes = new ByteReader(packed);
  let mean = 0;
  return Array.from({ length: MINUTES }, () => {
    const readings = bytes.number();
    if (readings === 0) return null;
    mean += bytes.signed();
    const min = (mean - bytes.signed()) / UNITS_PER_WATT;
    const max = (mean + bytes.signed()) / UNITS_PER_WATT;
    return { readings, sum: (mean / UNITS_PER_WATT) * readings, min, max };
  });
}
