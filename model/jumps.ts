import type { IntensityPoint } from './intensity.ts';

/** Grids change by less than this from one slot to the next; providers now and then give a wrong value for a while. */
const MAX_RATIO = 3;
/** On a grid that emits almost nothing a few grams more are no jump, g/kWh. */
const SMALL_GRAMS = 5;

/**
 * Parts what can be believed from what has to wait: a value more than three times the one before, or less than a third,
 * counts only when the slot after it is like it.
 * @param points of one provider and zone, oldest first
 * @param before what was believed before the first of them, or null
 */
export function partJumps(
  points: readonly IntensityPoint[],
  before: IntensityPoint | null,
): { believed: IntensityPoint[]; held: IntensityPoint[] } {
  const believed: IntensityPoint[] = [];
  const held: IntensityPoint[] = [];
  let last = before;
  let suspect: IntensityPoint | null = null;
  for (const point of points) {
    if (suspect) {
      const confirmed = follows(suspect, point) && areAlike(suspect, point);
      (confirmed ? believed : held).push(suspect);
      if (confirmed) last = suspect;
      // A single wrong value does not part its neighbours.
      else if (last && follows(suspect, point)) last = { ...last, endMs: suspect.endMs };
      suspect = null;
    }
    if (last && follows(last, point) && !areAlike(last, point)) {
      suspect = point;
    } else {
      believed.push(point);
      last = point;
    }
  }
  if (suspect) held.push(suspect);
  return { believed, held };
}

function follows(earlier: IntensityPoint, later: IntensityPoint): boolean {
  return earlier.endMs === later.startMs;
}

function areAlike(a: IntensityPoint, b: IntensityPoint): boolean {
  const least = Math.min(a.gramsPerKwh, b.gramsPerKwh);
  return Math.max(a.gramsPerKwh, b.gramsPerKwh) <= Math.max(MAX_RATIO * least, least + SMALL_GRAMS);
}
