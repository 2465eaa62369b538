/**
 * What `idleWatts` of a plug might be, learned from its history: the watts between its quiet and its active level. Only a
 * suggestion; nobody applies it but a person. Pure.
 */
import type { CodedText } from './coded-text.ts';
import { fill, type Words } from './coded-text.ts';
import type { HistoryBucket } from './ports.ts';

/** Less than this tells nothing of a studio's week. */
const LEAST_HOURS = 24;
/** Each level must have been seen for at least this long. */
const LEAST_LEVEL_HOURS = 1;
const HOUR_MS = 3_600_000;
/** The quiet level's highest and the active level's lowest watts must be at least this far apart. */
const LEAST_RATIO = 1.5;
const LEAST_DISTANCE_WATTS = 2;

/** Why there is no suggestion. */
const NO_SUGGESTION_TEXTS = {
  'too-little-history': 'only {hours} hours were measured, {least} are needed',
  'one-level': 'it always draws about the same: its watts do not tell whether it is in use',
  'no-clear-gap': 'its quiet level reaches {quietWatts} W and its active level begins at {activeWatts} W: too near',
} as const;
export type NoSuggestionCode = keyof typeof NO_SUGGESTION_TEXTS;
export const NO_SUGGESTION_CODES = Object.keys(NO_SUGGESTION_TEXTS) as NoSuggestionCode[];

interface Level {
  meanWatts: number;
  /** Share of the measured time, 0..1. */
  share: number;
}

export interface IdleSuggestion {
  /** null: with `why`. */
  idleWatts: number | null;
  why: (CodedText & { code: NoSuggestionCode }) | null;
  /** Time that was measured, hours. */
  hours: number;
  quiet: Level | null;
  active: Level | null;
}

/**
 * Splits the history in two levels where the difference between them is largest (Otsu's method, on the logarithm: 0.5 W
 * and 5 W are as far apart as 50 W and 500 W) and takes the geometric mean between what the quiet level reaches and where
 * the active one begins.
 */
export function suggestIdleWatts(buckets: readonly HistoryBucket[], stepMs: number): IdleSuggestion {
  const hours = (buckets.length * stepMs) / HOUR_MS;
  const none = (code: NoSuggestionCode, data: Words, levels: Partial<IdleSuggestion> = {}): IdleSuggestion => {
    const why = { code, text: fill(NO_SUGGESTION_TEXTS[code], data), data };
    return { idleWatts: null, why, hours, quiet: null, active: null, ...levels };
  };
  if (hours < LEAST_HOURS) return none('too-little-history', { hours: Math.floor(hours), least: LEAST_HOURS });
  const sorted = buckets.toSorted((a, b) => a.meanWatts - b.meanWatts);
  const least = Math.ceil((LEAST_LEVEL_HOURS * HOUR_MS) / stepMs);
  const at = splitOf(
    sorted.map(({ meanWatts }) => Math.log1p(Math.max(0, meanWatts))),
    least,
  );
  if (at === null) return none('one-level', {});
  const [low, high] = [sorted.slice(0, at), sorted.slice(at)];
  const levelOf = (part: readonly HistoryBucket[]): Level => ({
    meanWatts: part.reduce((sum, { meanWatts }) => sum + meanWatts, 0) / part.length,
    share: part.length / sorted.length,
  });
  const levels = { quiet: levelOf(low), active: levelOf(high) };
  // A bucket in which it was switched on has a high maximum: nearly all, not all.
  const quietWatts = quantile(
    low.map(({ maxWatts }) => maxWatts).toSorted((a, b) => a - b),
    0.95,
  );
  const activeWatts = quantile(
    high.map(({ meanWatts }) => meanWatts),
    0.05,
  );
  if (
    levels.active.meanWatts <
    Math.max(levels.quiet.meanWatts * LEAST_RATIO, levels.quiet.meanWatts + LEAST_DISTANCE_WATTS)
  )
    return none('one-level', {}, levels);
  if (activeWatts < quietWatts * LEAST_RATIO || activeWatts - quietWatts < LEAST_DISTANCE_WATTS)
    return none('no-clear-gap', { quietWatts: rounded(quietWatts), activeWatts: rounded(activeWatts) }, levels);
  const idleWatts = rounded(Math.sqrt(Math.max(quietWatts, 1) * activeWatts));
  return { idleWatts, why: null, hours, ...levels };
}

/** Index of the first value of the upper level; null when no split leaves `least` values on both sides. */
function splitOf(values: readonly number[], least: number): number | null {
  const total = values.reduce((sum, value) => sum + value, 0);
  let [best, bestAt, lowSum] = [-1, null as number | null, 0];
  for (const [index, value] of values.entries()) {
    const [low, high] = [index, values.length - index];
    if (low >= least && high >= least) {
      const between = low * high * (lowSum / low - (total - lowSum) / high) ** 2;
      if (between > best) [best, bestAt] = [between, index];
    }
    lowSum += value;
  }
  return bestAt;
}

/** @param sorted ascending, not empty */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

/** To the half watt. */
function rounded(watts: number): number {
  return Math.max(0.5, Math.round(watts * 2) / 2);
}
