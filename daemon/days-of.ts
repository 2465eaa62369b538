const DAY_MS = 24 * 3_600_000;

/**
 * [fromMs, toMs) in pieces of a UTC day at most, so that no quarter hour is in two of them: what many plugs took in a
 * long time does not fit into memory at once, and the daemon must not stand still while it is added up.
 */
export function daysOf(fromMs: number, toMs: number): [fromMs: number, toMs: number][] {
  const pieces: [number, number][] = [];
  for (let startMs = fromMs; startMs < toMs; ) {
    const endMs = Math.min(toMs, (Math.floor(startMs / DAY_MS) + 1) * DAY_MS);
    pieces.push([startMs, endMs]);
    startMs = endMs;
  }
  return pieces;
}
