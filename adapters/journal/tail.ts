import type { WattsSeries } from './flush-codec.ts';
import { type Minutes, minutesOf } from './minutes.ts';

const QUARTER_HOUR_MS = 15 * 60_000;
/** A segment is closed after so many flushes or readings at the latest. */
const MOST_FLUSHES = 400;
const MOST_READINGS = 200_000;

/** The flushes since the last segment, and what the history needs of them. */
export class Tail {
  readonly firstId: number;
  readonly firstSeq: number;
  lines = 0;
  readings = 0;
  flushes = 0;
  fromMs: number | null = null;
  toMs: number | null = null;
  readonly #series = new Map<string, { atMs: number[]; watts: number[] }>();

  constructor(firstId: number, firstSeq: number) {
    this.firstId = firstId;
    this.firstSeq = firstSeq;
  }

  add(readings: number, lines: number, series: WattsSeries): void {
    this.flushes += 1;
    this.readings += readings;
    this.lines += lines;
    for (const [index, atMs] of series.atMs.entries()) {
      this.fromMs = Math.min(this.fromMs ?? atMs, atMs);
      this.toMs = Math.max(this.toMs ?? atMs, atMs);
      const [plug, watts] = [series.plugs[index], series.watts[index]];
      if (plug === undefined || watts === undefined || watts === null) continue;
      let own = this.#series.get(plug);
      if (!own) {
        own = { atMs: [], watts: [] };
        this.#series.set(plug, own);
      }
      own.atMs.push(atMs);
      own.watts.push(watts);
    }
  }

  /** Whether a flush that begins at `nextMs` belongs to the next segment. */
  isDone(nextMs: number | null): boolean {
    const quarter = (atMs: number) => Math.floor(atMs / QUARTER_HOUR_MS);
    const later = nextMs !== null && this.fromMs !== null && quarter(nextMs) !== quarter(this.fromMs);
    return later || this.flushes >= MOST_FLUSHES || this.readings >= MOST_READINGS;
  }

  /** Times and watts of one plug, in the order they came. */
  of(plug: string): { atMs: readonly number[]; watts: readonly number[] } {
    return this.#series.get(plug) ?? { atMs: [], watts: [] };
  }

  /** By plug and quarter hour. */
  *quarterHours(): Generator<{ plug: string; startMs: number; minutes: Minutes }> {
    for (const [plug, { atMs, watts }] of this.#series) {
      for (const [startMs, minutes] of minutesOf(atMs, watts)) yield { plug, startMs, minutes };
    }
  }
}
