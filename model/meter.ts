import { EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS, quarterHourStart } from './energy.ts';
import type { Phase } from './ports.ts';
import type { Reading } from './reading.ts';

const MS_PER_HOUR = 3_600_000;
/** A fall of less than this share of the counter may be noise: it counts only when the next reading confirms it. */
const DIP_SHARE = 0.1;
/** A counter may tick a whole step at once; Tapo counts in whole Wh. */
const COUNTER_STEP_WH = 2;
/** Room for the tolerance of meter and `maxWatts`. */
const BELIEVABLE_FACTOR = 1.1;
/** After a restart with a wall clock that went backwards nobody knows how long we were away: believe up to a week. */
const UNKNOWN_ABSENCE_MS = 7 * 24 * MS_PER_HOUR;
/** An estimate that no tick of the counter confirmed for this long stands as it is. */
const SETTLE_AFTER_MS = 24 * MS_PER_HOUR;
/** An absence longer ago than this gets no share of a later tick: the state stays small. */
const FORGET_GAP_AFTER_MS = 40 * 24 * MS_PER_HOUR;

/** From when on energy belongs to which session and phase. Sorted by time; before the first it is standby. */
export interface Label {
  fromMs: number;
  sessionId: string | null;
  phase: Phase;
}

export interface MeterSettings {
  /** Identifies this run of the daemon: monotonic times of another run can't be compared. */
  runId: string;
  /** The longest silence that is still normal, ms: above max(3 × this, 60 s) there is a gap. */
  expectedIntervalMs: number;
  /** The most the outlet can deliver, watts. */
  maxWatts: number;
  labels: readonly Label[];
}

/** Energy since the counter last ticked, by slice: what the tick will be shared out over. */
interface Estimate {
  key: string;
  wh: number;
  watched: boolean;
  durationMs: number;
}

/** All that a meter remembers of one plug; plain JSON, so that it survives a restart. */
export interface MeterState {
  last: { runId: string; atMs: number; monotonicMs: number; watts: number | null } | null;
  /** The counter when it last changed, and what of its next tick is booked already. */
  counter: { wh: number; runId: string; atMs: number; monotonicMs: number; creditWh: number } | null;
  /** A small fall, seen once. */
  dip: boolean;
  estimates: Estimate[];
  /** Slices that may still change. */
  open: EnergySlice[];
}

export const NEW_METER: MeterState = { last: null, counter: null, dip: false, estimates: [], open: [] };

export interface Metered {
  state: MeterState;
  /** Slices that changed, with their new values. */
  changed: EnergySlice[];
  /** What was odd, in words: `counter reset`, `counter jumped`, … */
  notes: string[];
}

/**
 * Books what one reading says of a plug's energy.
 *
 * Between two readings the watts are integrated (trapezoid when polled, last value held when pushed) as an estimate.
 * When the plug's counter ticks, the tick is the truth and the estimates since the previous tick only say how it is
 * shared out over time. A silence above max(3 × interval, 60 s) is never bridged: what the counter gained in it is a
 * gap. Durations are monotonic, so a step of the wall clock makes no energy; it only moves where the energy is booked.
 */
export function meter(before: MeterState, reading: Reading, settings: MeterSettings): Metered {
  const work = new Work(before, reading, settings);
  work.integrate();
  work.count();
  return work.result();
}

class Work {
  readonly #before: MeterState;
  readonly #reading: Reading;
  readonly #settings: MeterSettings;
  readonly #slices: Map<string, EnergySlice>;
  readonly #changed = new Set<string>();
  readonly #notes: string[] = [];
  #estimates: Estimate[];
  #counter: MeterState['counter'];
  #dip: boolean;
  #gap = false;

  constructor(before: MeterState, reading: Reading, settings: MeterSettings) {
    this.#before = before;
    this.#reading = reading;
    this.#settings = settings;
    this.#slices = new Map(before.open.map((slice) => [sliceKey(slice), slice]));
    this.#estimates = before.estimates.map((estimate) => ({ ...estimate }));
    this.#counter = before.counter && { ...before.counter };
    this.#dip = before.dip;
  }

  /** Estimates the energy since the last reading from watts. */
  integrate(): void {
    const { last } = this.#before;
    if (!last) return;
    const { atMs, monotonicMs, watts, feed } = this.#reading;
    const sameRun = last.runId === this.#settings.runId;
    const elapsedMs = sameRun ? monotonicMs - last.monotonicMs : Math.max(0, atMs - last.atMs);
    if (elapsedMs <= 0) {
      this.#gap = !sameRun;
      return;
    }
    const longestMs = Math.max(3 * this.#settings.expectedIntervalMs, 60_000);
    const endWatts = feed === 'on-change' ? last.watts : watts;
    this.#gap = !sameRun || elapsedMs > longestMs || last.watts === null || endWatts === null;
    const startMs = atMs - elapsedMs;
    for (const [fromMs, toMs, label] of cut(startMs, atMs, this.#settings.labels)) {
      const slice = this.#slice(fromMs, label);
      const durationMs = toMs - fromMs;
      let wh = 0;
      if (!this.#gap) {
        // The line between both values, at the middle of this piece: exact for a trapezoid.
        const middle = ((fromMs + toMs) / 2 - startMs) / elapsedMs;
        const from = Math.max(0, last.watts ?? 0);
        const to = Math.max(0, endWatts ?? 0);
        wh = ((from + (to - from) * middle) * durationMs) / MS_PER_HOUR;
        this.#add(slice, { integratedWh: wh, coveredMs: durationMs });
      }
      this.#estimate({ key: sliceKey(slice), wh, watched: !this.#gap, durationMs });
    }
  }

  /** Lets the plug's own counter overrule the estimates. */
  count(): void {
    const { counterWh, atMs, monotonicMs } = this.#reading;
    if (counterWh === null) return;
    const counter = this.#counter;
    if (!counter) {
      this.#rebase(counterWh);
      return;
    }
    if (counterWh === counter.wh) {
      this.#dip = false;
      return;
    }
    const sameRun = counter.runId === this.#settings.runId;
    const sinceMs = sameRun
      ? monotonicMs - counter.monotonicMs
      : atMs > counter.atMs
        ? atMs - counter.atMs
        : UNKNOWN_ABSENCE_MS;
    const believableWh = (this.#settings.maxWatts * sinceMs * BELIEVABLE_FACTOR) / MS_PER_HOUR + COUNTER_STEP_WH;
    if (counterWh > counter.wh) {
      this.#dip = false;
      const gainedWh = counterWh - counter.wh;
      if (gainedWh <= believableWh) this.#shareOut(Math.max(0, gainedWh - counter.creditWh));
      else
        this.#notes.push(
          `counter jumped from ${counter.wh} to ${counterWh} Wh, more than the outlet can deliver: not believed`,
        );
      this.#rebase(counterWh);
      return;
    }
    const smallFall = counter.wh - counterWh < counter.wh * DIP_SHARE;
    if (smallFall && !this.#dip && counterWh > believableWh) {
      this.#dip = true;
      return;
    }
    this.#notes.push(`counter fell from ${counter.wh} to ${counterWh} Wh: reset`);
    // Since the reset it gained what it shows; while we watched, the watts know that already.
    if (this.#gap && counterWh <= believableWh) this.#shareOut(counterWh);
    this.#rebase(counterWh);
  }

  result(): Metered {
    const { atMs, monotonicMs, watts } = this.#reading;
    const { runId } = this.#settings;
    const awaited = new Set(this.#estimates.map((estimate) => estimate.key));
    const open = [...this.#slices].filter(([key, slice]) => awaited.has(key) || slice.startMs + QUARTER_HOUR_MS > atMs);
    return {
      state: {
        last: { runId, atMs, monotonicMs, watts },
        counter: this.#counter,
        dip: this.#dip,
        estimates: this.#estimates,
        open: open.map(([, slice]) => slice),
      },
      changed: [...this.#slices].filter(([key]) => this.#changed.has(key)).map(([, slice]) => slice),
      notes: this.#notes,
    };
  }

  /** Replaces the estimates since the last tick by what the counter gained: the watched time first, the rest is gap. */
  #shareOut(gainedWh: number): void {
    const watched = this.#estimates.filter((estimate) => estimate.watched);
    const unwatched = this.#estimates.filter((estimate) => !estimate.watched);
    const estimatedWh = sum(watched.map((estimate) => estimate.wh));
    const watchedWh = unwatched.length > 0 ? Math.min(gainedWh, estimatedWh) : gainedWh;
    const watchedMs = sum(watched.map((estimate) => estimate.durationMs));
    const unwatchedMs = sum(unwatched.map((estimate) => estimate.durationMs));
    for (const estimate of watched) {
      const slice = this.#slices.get(estimate.key);
      if (!slice) continue;
      const share = estimatedWh > 0 ? estimate.wh / estimatedWh : estimate.durationMs / watchedMs;
      // Not below zero: floating point must not leave a speck of negative energy.
      const integratedWh = Math.max(-slice.integratedWh, -estimate.wh);
      this.#add(slice, { integratedWh, counterWh: watchedWh * share });
    }
    const gapWh = gainedWh - watchedWh;
    for (const estimate of unwatched) {
      const slice = this.#slices.get(estimate.key);
      if (slice) this.#add(slice, { gapWh: gapWh * (estimate.durationMs / unwatchedMs) });
    }
    // No time passed at all (a clock that went back over a restart): it still is energy, of this moment.
    if (this.#estimates.length === 0) {
      const { atMs } = this.#reading;
      this.#add(this.#slice(atMs, labelAt(atMs, this.#settings.labels)), { gapWh: gainedWh });
    }
  }

  #rebase(counterWh: number): void {
    const { atMs, monotonicMs } = this.#reading;
    this.#counter = { wh: counterWh, runId: this.#settings.runId, atMs, monotonicMs, creditWh: 0 };
    this.#estimates = [];
    this.#dip = false;
  }

  #estimate(next: Estimate): void {
    if (!this.#counter) return;
    const same = this.#estimates.find((other) => other.key === next.key && other.watched === next.watched);
    if (same) {
      same.wh += next.wh;
      same.durationMs += next.durationMs;
    } else this.#estimates.push(next);
    const counter = this.#counter;
    const nowMs = this.#reading.atMs;
    this.#estimates = this.#estimates.filter((estimate) => {
      const ageMs = nowMs - keyStartMs(estimate.key);
      if (ageMs <= (estimate.watched ? SETTLE_AFTER_MS : FORGET_GAP_AFTER_MS)) return true;
      if (counter && estimate.watched) counter.creditWh += estimate.wh;
      return false;
    });
  }

  #slice(atMs: number, label: Label): EnergySlice {
    const { plug } = this.#reading;
    const { sessionId, phase } = label;
    const fresh = { ...EMPTY_ENERGY, plug, startMs: quarterHourStart(atMs), sessionId, phase };
    const known = this.#slices.get(sliceKey(fresh));
    if (known) return known;
    this.#slices.set(sliceKey(fresh), fresh);
    return fresh;
  }

  #add(slice: EnergySlice, more: Partial<typeof EMPTY_ENERGY>): void {
    const key = sliceKey(slice);
    const now = this.#slices.get(key) ?? slice;
    this.#slices.set(key, {
      ...now,
      counterWh: now.counterWh + (more.counterWh ?? 0),
      integratedWh: now.integratedWh + (more.integratedWh ?? 0),
      gapWh: now.gapWh + (more.gapWh ?? 0),
      coveredMs: Math.min(QUARTER_HOUR_MS, now.coveredMs + (more.coveredMs ?? 0)),
    });
    this.#changed.add(key);
  }
}

/** Cuts [startMs, endMs) at quarter hours and at changes of label. */
function* cut(startMs: number, endMs: number, labels: readonly Label[]): Generator<[number, number, Label]> {
  let fromMs = startMs;
  while (fromMs < endMs) {
    const change = labels.find((label) => label.fromMs > fromMs)?.fromMs ?? Infinity;
    const toMs = Math.min(endMs, change, quarterHourStart(fromMs) + QUARTER_HOUR_MS);
    yield [fromMs, toMs, labelAt(fromMs, labels)];
    fromMs = toMs;
  }
}

function labelAt(atMs: number, labels: readonly Label[]): Label {
  return labels.findLast((label) => label.fromMs <= atMs) ?? { fromMs: -Infinity, sessionId: null, phase: 'standby' };
}

function sliceKey(slice: Pick<EnergySlice, 'startMs' | 'sessionId' | 'phase'>): string {
  return `${slice.startMs}|${slice.phase}|${slice.sessionId ?? ''}`;
}

function keyStartMs(key: string): number {
  return Number(key.slice(0, key.indexOf('|')));
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
