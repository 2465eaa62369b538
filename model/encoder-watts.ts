/**
 * Whether the encoder's computer draws what it draws in a live. Streaming adds some tens of watts to it: two thresholds,
 * learned from past lives, and a time for which the draw must be beyond one of them.
 */
import type { CodedText } from './coded-text.ts';
import type { HistoryBucket, SessionRecord } from './ports.ts';
import { sourceWords } from './source-words.ts';

/** At or above the upper one is a live, at or below the lower one is none, W. */
export interface WattThresholds {
  idleWatts: number;
  liveWatts: number;
}

export interface WattSample {
  watts: number;
  /** Monotonic ms. */
  atMs: number;
}

export type Suspicion = 'on' | 'off' | 'unknown';

/** Of the hold time, so much must be beyond a threshold: a spike, or a moment's rest, changes nothing. */
const ENOUGH = 0.8;
/** With less of the hold time known, nothing is. */
const KNOWN_ENOUGH = 0.5;
/** A reading stands for no longer than this. */
export const READING_LASTS_MS = 60_000;

/**
 * What follows from the draw of the last `holdMs`. Between the thresholds it stays what it was.
 * @param samples oldest first; older ones than the hold time do no harm
 * @param nowMs monotonic ms, not before the last sample
 */
export function suspicionOf(
  before: Suspicion,
  samples: readonly WattSample[],
  { idleWatts, liveWatts }: WattThresholds,
  holdMs: number,
  nowMs: number,
): Suspicion {
  let [knownMs, liveMs, idleMs] = [0, 0, 0];
  for (const [i, { watts, atMs }] of samples.entries()) {
    const untilMs = Math.min(samples[i + 1]?.atMs ?? nowMs, atMs + READING_LASTS_MS);
    const ms = Math.max(0, untilMs - Math.max(atMs, nowMs - holdMs));
    knownMs += ms;
    if (watts >= liveWatts) liveMs += ms;
    else if (watts <= idleWatts) idleMs += ms;
  }
  if (knownMs < KNOWN_ENOUGH * holdMs) return 'unknown';
  if (liveMs >= ENOUGH * holdMs) return 'on';
  if (idleMs >= ENOUGH * holdMs) return 'off';
  return before;
}

/** Mean watts of minutes of past lives, and of minutes between lives. */
export interface WattHistory {
  live: number[];
  idle: number[];
  lives: number;
}

const MINUTE_MS = 60_000;
/** The first and last minutes of a live are not like the rest of it. */
const EDGE_MS = 2 * MINUTE_MS;

/** @param buckets of one minute each; @param sessions all of that time */
export function wattHistory(buckets: readonly HistoryBucket[], sessions: readonly SessionRecord[]): WattHistory {
  const within = (atMs: number, [fromMs, toMs]: readonly [number, number]) => fromMs <= atMs && atMs < toMs;
  const whole = sessions.map((one) => [one.startedAtMs, one.endedAtMs ?? Number.POSITIVE_INFINITY] as const);
  const lives = sessions.flatMap(liveTimes);
  const used = new Set<readonly [number, number]>();
  const history: WattHistory = { live: [], idle: [], lives: 0 };
  for (const { startMs, meanWatts } of buckets) {
    const live = lives.find(([fromMs, toMs]) => within(startMs, [fromMs + EDGE_MS, toMs - EDGE_MS]));
    if (live) {
      history.live.push(meanWatts);
      used.add(live);
    } else if (!whole.some(([fromMs, toMs]) => within(startMs, [fromMs - MINUTE_MS, toMs + EDGE_MS])))
      history.idle.push(meanWatts);
  }
  return { ...history, lives: used.size };
}

/** From when to when a session that is over was on air. */
export function liveTimes({ phases, endedAtMs }: SessionRecord): (readonly [fromMs: number, toMs: number])[] {
  return phases.flatMap(({ phase, atMs }, i) => {
    const toMs = phases[i + 1]?.atMs ?? endedAtMs;
    return phase === 'live' && toMs !== null ? [[atMs, toMs] as const] : [];
  });
}

const LEAST_LIVES = 3;
const LEAST_MINUTES = 60;
/** Lives and the time between them must differ by so much: a preview alone adds 8 W to 69 W. */
const LEAST_WATTS_APART = 8;
const LEAST_SHARE_APART = 0.05;

/**
 * The thresholds that tell past lives from the time between them: nine minutes in ten of a live lie above, nine in ten
 * between lives below both. Or why there are none.
 */
export function learnThresholds({ live, idle, lives }: WattHistory): WattThresholds | CodedText {
  if (lives < LEAST_LIVES || live.length < LEAST_MINUTES || idle.length < LEAST_MINUTES)
    return sourceWords('encoder-learning', { lives, of: LEAST_LIVES });
  const [lowest, highest] = [quantile(live, 0.1), quantile(idle, 0.9)];
  const apart = lowest - highest;
  if (apart < Math.max(LEAST_WATTS_APART, LEAST_SHARE_APART * lowest))
    return sourceWords('encoder-alike', { liveWatts: Math.round(lowest), idleWatts: Math.round(highest) });
  return { idleWatts: highest + 0.35 * apart, liveWatts: highest + 0.65 * apart };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.round(share * (sorted.length - 1))] ?? 0;
}
