import type { PlugKind } from './plug.ts';
import type { HistoryBucket } from './ports.ts';

/** How a session drew: mean watts by step and kind. */
export interface Timeline {
  /** ISO-8601 of the first step's start. */
  from: string;
  stepSeconds: number;
  /** Most first. null: no plug of the kind was known in that step. */
  kinds: { kind: PlugKind; watts: (number | null)[] }[];
  /** Share of the plugs that were known in each step, 0..1. Under 1 the sum of the kinds is too small. */
  watched: number[];
}

export interface PlugHistory {
  kind: PlugKind;
  /** A reading older than this is stale, ms. */
  staleAfterMs: number;
  buckets: readonly HistoryBucket[];
}

/** As many steps as a printed chart can show. */
const MOST_STEPS = 160;
const STEPS_SECONDS = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
/** Thinned readings are a quarter hour apart: twice that. */
const LONGEST_HOLD_MS = 30 * 60_000;

/** The step in which [fromMs, toMs) fits a chart, s. */
export function timelineStep(fromMs: number, toMs: number): number {
  const least = (toMs - fromMs) / 1000 / MOST_STEPS;
  return STEPS_SECONDS.find((step) => step >= least) ?? Math.ceil(least / 3600) * 3600;
}

/**
 * @param histories of the plugs that took part, by `stepSeconds` from `fromMs` on. A value stands until the next one, as
 *   long as readings of that plug usually are apart; then nothing is known.
 */
export function timelineOf(
  fromMs: number,
  toMs: number,
  stepSeconds: number,
  histories: readonly PlugHistory[],
): Timeline {
  const count = Math.max(1, Math.ceil((toMs - fromMs) / 1000 / stepSeconds));
  const known = histories.map((history) => ({ kind: history.kind, watts: held(history, fromMs, stepSeconds, count) }));
  const byKind = [...Map.groupBy(known, ({ kind }) => kind)].map(([kind, plugs]) => ({
    kind,
    watts: Array.from({ length: count }, (_, step) => {
      const values = plugs.map(({ watts }) => watts[step] ?? null).filter((value) => value !== null);
      return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) : null;
    }),
  }));
  const sum = (watts: readonly (number | null)[]) => watts.reduce<number>((total, value) => total + (value ?? 0), 0);
  return {
    from: new Date(fromMs).toISOString(),
    stepSeconds,
    kinds: byKind.toSorted((a, b) => sum(b.watts) - sum(a.watts)),
    watched: Array.from({ length: count }, (_, step) =>
      known.length === 0 ? 0 : known.filter(({ watts }) => (watts[step] ?? null) !== null).length / known.length,
    ),
  };
}

function held(
  { staleAfterMs, buckets }: PlugHistory,
  fromMs: number,
  stepSeconds: number,
  count: number,
): (number | null)[] {
  const holdMs = Math.max(staleAfterMs, Math.min(LONGEST_HOLD_MS, 2 * usualDistance(buckets)));
  const watts: (number | null)[] = [];
  let next = 0;
  for (let step = 0; step < count; step++) {
    const startMs = fromMs + step * stepSeconds * 1000;
    while ((buckets[next]?.startMs ?? Number.POSITIVE_INFINITY) < startMs + stepSeconds * 1000) next++;
    const last = buckets[next - 1];
    watts.push(last && startMs - last.startMs <= holdMs ? last.meanWatts : null);
  }
  return watts;
}

/** Median distance of the buckets, ms. */
function usualDistance(buckets: readonly HistoryBucket[]): number {
  const distances = buckets.slice(1).map(({ startMs }, index) => startMs - (buckets[index]?.startMs ?? startMs));
  return distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
}
