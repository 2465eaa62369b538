/** @typedef {{ atMs: number, watts: number | null }} Sample */

/** A plug that reports only changes is taken to hold its value this long. */
const HOLD_MS = 60_000;

/**
 * The sum of the plugs over time, a sample per step. A moment at which no plug is known is null: a gap, not zero.
 * @param {import('./types.d.ts').History[]} histories one per plug, the same period and step
 * @returns {Sample[]}
 */
export function sumOf(histories) {
  const [first] = histories;
  if (!first) return [];
  const stepMs = first.stepSeconds * 1000;
  const held = histories.map((history) => ({ atMs: -Infinity, watts: 0, next: 0, buckets: history.buckets }));
  const samples = [];
  // Buckets begin on multiples of their step.
  for (let atMs = Math.ceil(Date.parse(first.from) / stepMs) * stepMs; atMs < Date.parse(first.to); atMs += stepMs) {
    let watts = null;
    for (const plug of held) {
      for (let bucket = plug.buckets[plug.next]; bucket && Date.parse(bucket.at) <= atMs; ) {
        Object.assign(plug, { atMs: Date.parse(bucket.at), watts: bucket.meanWatts, next: plug.next + 1 });
        bucket = plug.buckets[plug.next];
      }
      if (atMs - plug.atMs <= HOLD_MS) watts = (watts ?? 0) + plug.watts;
    }
    samples.push({ atMs, watts });
  }
  return samples;
}

/**
 * A round number at or above `value` that halves well: the top of the scale.
 * @param {number} value
 * @returns {number}
 */
export function topOf(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 10)));
  return [1, 2, 4, 6, 8, 10].map((factor) => factor * power).find((top) => top >= value) ?? value;
}
