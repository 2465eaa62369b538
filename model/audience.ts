import type { SessionRecord } from './ports.ts';

/** How much was watched, from what was said of the audience. */
export interface Audience {
  viewerHours: number;
  /** Viewers at a time, on average. */
  meanViewers: number;
  peakViewers: number;
  /** How many figures there were. */
  figures: number;
  /** Share of the time on air before the first figure: it is counted with that figure. */
  guessedShare: number;
}

/**
 * Each figure stands until the next one.
 * @param spans when it was on air, oldest first
 * @returns null when nothing was said, or it never was on air: not known is not zero
 */
export function audienceOf(
  said: SessionRecord['audience'],
  spans: readonly { startMs: number; endMs: number }[],
): Audience | null {
  const figures = said.toSorted((a, b) => a.atMs - b.atMs);
  const [first] = figures;
  const onAirMs = spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  if (!first || onAirMs <= 0) return null;
  let viewerMs = 0;
  let guessedMs = 0;
  for (const { startMs, endMs } of spans) {
    const overlap = (fromMs: number, toMs: number) => Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, startMs));
    const before = overlap(Number.NEGATIVE_INFINITY, first.atMs);
    guessedMs += before;
    viewerMs += before * first.viewers;
    for (const [index, { atMs, viewers }] of figures.entries())
      viewerMs += overlap(atMs, figures[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) * viewers;
  }
  return {
    viewerHours: viewerMs / 3_600_000,
    meanViewers: viewerMs / onAirMs,
    peakViewers: Math.max(...figures.map(({ viewers }) => viewers)),
    figures: figures.length,
    guessedShare: guessedMs / onAirMs,
  };
}
