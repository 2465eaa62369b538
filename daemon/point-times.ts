import type { PlugId } from '../model/plug.ts';
import type { Reading } from '../model/reading.ts';

interface Point {
  monotonicMs: number;
  receivedAtMs: number;
  atMs: number;
}

/**
 * Gives each reading a time of its own, UTC ms: the database keeps one point per plug and ms, and of several readings
 * within one ms all but the last would be lost. The later ones come 1 ms apart.
 */
export class PointTimes {
  /** The newest point of each plug. */
  readonly #last = new Map<PlugId, Point>();

  /** The same reading told again, as by a poll that found nothing newer, stays the same point. */
  of({ plug, atMs, monotonicMs }: Reading): number {
    const receivedAtMs = Math.trunc(atMs);
    const last = this.#last.get(plug);
    if (last?.monotonicMs === monotonicMs) return last.atMs;
    // A clock that went back is not waited for.
    const next = last && receivedAtMs >= last.receivedAtMs ? Math.max(receivedAtMs, last.atMs + 1) : receivedAtMs;
    this.#last.set(plug, { monotonicMs, receivedAtMs, atMs: next });
    return next;
  }
}
