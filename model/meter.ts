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
/** A hundred years of a full outlet; above it a counter is garbage. */
const MOST_COUNTER_WH = 4e9;
/** After a restart with a wall clock that went backwards nobody knows how long we were away: believe up to a week. */
const UNKNOWN_ABSENCE_MS = 7 * 24 * MS_PER_HOUR;
/** Longer than this is a clock that was never set, not an absence: its energy is booked at the return. */
const LONGEST_ABSENCE_MS = 400 * 24 * MS_PER_HOUR;
/** An estimate that no tick of the counter confirmed for this long stands as it is. */
const SETTLE_AFTER_MS = 24 * MS_PER_HOUR;

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

/** Energy integrated since the counter last ticked, by slice: what the tick will be shared out over. */
interface Estimate extends SliceKey {
  wh: number;
  /** Drawn before nobody watched: a reset in that absence hides it from the counter. */
  beforeAbsence: boolean;
}

/** A value that the outlet can't deliver is not known, whatever the plug says; infinities would poison every sum. */
function believable(reading: Reading, { maxWatts }: MeterSettings): Reading {
  const { watts, counterWh } = reading;
  const possible = watts !== null && Math.abs(watts) <= maxWatts * BELIEVABLE_FACTOR;
  return {
    ...reading,
    watts: possible ? watts : null,
    counterWh: counterWh !== null && counterWh >= 0 && counterWh <= MOST_COUNTER_WH ? counterWh : null,
  };
}

type SliceKey = Pick<EnergySlice, 'startMs' | 'sessionId' | 'phase'>;

/** All that a meter remembers of one plug; plain JSON, so that it survives a restart. */
export interface MeterState {
  last: { runId: string; atMs: number; monotonicMs: number; watts: number | null } | null;
  /**
   * The counter when it last changed, and what of its next tick is booked already. `begun`: when it was first seen it
   * was on its way to the next Wh already, and that part is booked elsewhere or not ours.
   */
  counter: {
    wh: number;
    runId: string;
    atMs: number;
    monotonicMs: number;
    creditWh: number;
    begun: boolean;
  } | null;
  /** A small fall, seen once. */
  dip: boolean;
  estimates: Estimate[];
  /** When nobody watched since then; a span stays whole until its energy is known. */
  absences: { fromMs: number; toMs: number }[];
}

export const NEW_METER: MeterState = { last: null, counter: null, dip: false, estimates: [], absences: [] };

export interface Metered {
  state: MeterState;
  /**
   * What to add to the slices: increments, so that a clock that steps back into an old quarter hour adds to it and never
   * writes over it. `integratedWh` is negative where the counter overrules an estimate.
   */
  increments: EnergySlice[];
  /** What was odd, in words: `counter reset`, `counter jumped`, … */
  notes: string[];
}

/** The most a counter can gain in `elapsedMs` at an outlet of `maxWatts`, Wh. */
export function believableGainWh(elapsedMs: number, maxWatts: number): number {
  return (maxWatts * elapsedMs * BELIEVABLE_FACTOR) / MS_PER_HOUR + COUNTER_STEP_WH;
}

/** How long it is since the last reading, ms; not above 0 when a restart and a clock that went back leave it unknown. */
function elapsedSince(last: NonNullable<MeterState['last']>, reading: Reading, runId: string): number {
  return last.runId === runId ? reading.monotonicMs - last.monotonicMs : reading.atMs - last.atMs;
}

function isSilence(last: NonNullable<MeterState['last']>, elapsedMs: number, settings: MeterSettings): boolean {
  return last.runId !== settings.runId || elapsedMs > Math.max(3 * settings.expectedIntervalMs, 60_000);
}

/** The time nobody watched that this reading ends, UTC ms; null when it ends none, or when it is unknown how long it was. */
export function absenceBefore(
  { last }: MeterState,
  reading: Reading,
  settings: MeterSettings,
): { fromMs: number; toMs: number } | null {
  if (!last) return null;
  const elapsedMs = elapsedSince(last, reading, settings.runId);
  if (elapsedMs <= 0 || elapsedMs > LONGEST_ABSENCE_MS || !isSilence(last, elapsedMs, settings)) return null;
  return { fromMs: reading.atMs - elapsedMs, toMs: reading.atMs };
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
  const { last } = before;
  // Overtaken by a newer one: its time is booked already.
  if (last?.runId === settings.runId && reading.monotonicMs < last.monotonicMs)
    return { state: before, increments: [], notes: [] };
  const believed = believable(reading, settings);
  const work = new Work(before, believed, settings);
  // Said when it begins, not at every reading.
  if (believed.watts !== reading.watts && last?.watts !== null)
    work.note(`${reading.watts} W is more than the outlet can deliver: not believed`);
  work.integrate();
  work.count();
  return work.result();
}

class Work {
  readonly #before: MeterState;
  readonly #reading: Reading;
  readonly #settings: MeterSettings;
  readonly #increments = new Map<string, EnergySlice>();
  readonly #notes: string[] = [];
  #estimates: Estimate[];
  #absences: MeterState['absences'];
  #counter: MeterState['counter'];
  #dip: boolean;
  #gap = false;

  constructor(before: MeterState, reading: Reading, settings: MeterSettings) {
    this.#before = before;
    this.#reading = reading;
    this.#settings = settings;
    this.#estimates = before.estimates.map((estimate) => ({ ...estimate }));
    this.#absences = [...before.absences];
    this.#counter = before.counter && { ...before.counter };
    this.#dip = before.dip;
  }

  /** Estimates the energy since the last reading from watts. */
  integrate(): void {
    const { last } = this.#before;
    if (!last) return;
    const { atMs, watts, feed } = this.#reading;
    const elapsedMs = elapsedSince(last, this.#reading, this.#settings.runId);
    if (elapsedMs <= 0) {
      this.#gap = last.runId !== this.#settings.runId;
      return;
    }
    const endWatts = feed === 'on-change' ? last.watts : watts;
    this.#gap = isSilence(last, elapsedMs, this.#settings) || last.watts === null || endWatts === null;
    const startMs = atMs - elapsedMs;
    if (this.#gap) {
      if (!this.#counter || elapsedMs > LONGEST_ABSENCE_MS) return;
      this.#absences.push({ fromMs: startMs, toMs: atMs });
      for (const estimate of this.#estimates) estimate.beforeAbsence = true;
      return;
    }
    const from = Math.max(0, last.watts ?? 0);
    const to = Math.max(0, endWatts ?? 0);
    for (const [fromMs, toMs, label] of cut(startMs, atMs, this.#settings.labels)) {
      const key = sliceKey(fromMs, label);
      const durationMs = toMs - fromMs;
      // The line between both values, at the middle of this piece: exact for a trapezoid.
      const middle = ((fromMs + toMs) / 2 - startMs) / elapsedMs;
      const wh = ((from + (to - from) * middle) * durationMs) / MS_PER_HOUR;
      this.#add(key, { integratedWh: wh, coveredMs: durationMs });
      if (wh > 0) this.#estimate({ ...key, wh, beforeAbsence: false });
    }
  }

  /** Lets the plug's own counter overrule the estimates. */
  count(): void {
    const { counterWh, atMs, monotonicMs } = this.#reading;
    if (counterWh === null) return;
    const counter = this.#counter;
    if (!counter) {
      this.#rebase(counterWh, true);
      return;
    }
    if (counterWh === counter.wh) {
      this.#dip = false;
      // It gained nothing while nobody watched.
      this.#absences = [];
      return;
    }
    const sameRun = counter.runId === this.#settings.runId;
    const sinceMs = sameRun
      ? monotonicMs - counter.monotonicMs
      : atMs > counter.atMs
        ? atMs - counter.atMs
        : UNKNOWN_ABSENCE_MS;
    const believableWh = believableGainWh(sinceMs, this.#settings.maxWatts);
    if (counterWh > counter.wh) {
      this.#dip = false;
      const believed = counterWh - counter.wh <= believableWh;
      if (believed) this.#shareOut(Math.max(0, this.#gainedWh(counter, counterWh) - counter.creditWh));
      else
        this.#notes.push(
          `counter jumped from ${counter.wh} to ${counterWh} Wh, more than the outlet can deliver: not believed`,
        );
      this.#rebase(counterWh, !believed);
      return;
    }
    const smallFall = counter.wh - counterWh < counter.wh * DIP_SHARE;
    if (smallFall && !this.#dip && counterWh > believableWh) {
      this.#dip = true;
      return;
    }
    this.#notes.push(`counter fell from ${counter.wh} to ${counterWh} Wh: reset`);
    // Since the reset it gained what it shows; while we watched, the watts know that already.
    const absent = this.#gap || this.#absences.length > 0;
    const counted = absent && counterWh <= believableWh;
    if (counted) {
      // What was drawn before the reset stands as it was estimated.
      this.#estimates = this.#estimates.filter(({ beforeAbsence }) => !beforeAbsence);
      this.#shareOut(counterWh);
    }
    this.#rebase(counterWh, !counted);
  }

  /**
   * A counter in whole Wh shows its first tick up to 1 Wh too early: how far on its way it was is not known. There the
   * watts say what was gained, as far as the counter allows.
   */
  #gainedWh(counter: NonNullable<MeterState['counter']>, counterWh: number): number {
    const gainedWh = counterWh - counter.wh;
    const whole = Number.isInteger(counterWh) && Number.isInteger(counter.wh);
    if (!counter.begun || !whole || this.#gap || this.#absences.length > 0) return gainedWh;
    const estimatedWh = sum(this.#estimates.map(({ wh }) => wh)) + counter.creditWh;
    return Math.min(gainedWh, Math.max(gainedWh - 1, estimatedWh));
  }

  note(what: string): void {
    this.#notes.push(what);
  }

  result(): Metered {
    const { atMs, monotonicMs, watts } = this.#reading;
    const { runId } = this.#settings;
    return {
      state: {
        last: { runId, atMs, monotonicMs, watts },
        counter: this.#counter,
        dip: this.#dip,
        estimates: this.#estimates,
        absences: this.#absences,
      },
      increments: [...this.#increments.values()],
      notes: this.#notes,
    };
  }

  /** Replaces the estimates since the last tick by what the counter gained: the watched time first, the rest is gap. */
  #shareOut(gainedWh: number): void {
    const estimatedWh = sum(this.#estimates.map(({ wh }) => wh));
    const absentMs = sum(this.#absences.map(({ fromMs, toMs }) => toMs - fromMs));
    const watchedWh = absentMs > 0 ? Math.min(gainedWh, estimatedWh) : gainedWh;
    for (const { wh, beforeAbsence: _, ...key } of this.#estimates) {
      this.#add(key, { integratedWh: -wh, counterWh: watchedWh * (wh / estimatedWh) });
    }
    for (const { fromMs, toMs } of this.#absences) {
      for (const [start, end, label] of cut(fromMs, toMs, this.#settings.labels)) {
        this.#add(sliceKey(start, label), { gapWh: (gainedWh - watchedWh) * ((end - start) / absentMs) });
      }
    }
    if (estimatedWh > 0 || absentMs > 0) return;
    // Nothing tells when it was drawn (too little to be seen, or a clock that went back over a restart): then it is now.
    const { atMs } = this.#reading;
    const key = sliceKey(atMs, labelAt(atMs, this.#settings.labels));
    this.#add(key, this.#gap ? { gapWh: gainedWh } : { counterWh: gainedWh });
  }

  #rebase(counterWh: number, begun: boolean): void {
    const { atMs, monotonicMs } = this.#reading;
    this.#counter = { wh: counterWh, runId: this.#settings.runId, atMs, monotonicMs, creditWh: 0, begun };
    this.#estimates = [];
    this.#absences = [];
    this.#dip = false;
  }

  #estimate(next: Estimate): void {
    const counter = this.#counter;
    if (!counter) return;
    const same = this.#estimates.find((other) => !other.beforeAbsence && keyText(other) === keyText(next));
    if (same) same.wh += next.wh;
    else this.#estimates.push(next);
    const oldestMs = this.#reading.atMs - SETTLE_AFTER_MS;
    this.#estimates = this.#estimates.filter(({ startMs, wh }) => {
      if (startMs >= oldestMs) return true;
      counter.creditWh += wh;
      return false;
    });
  }

  #add(key: SliceKey, more: Partial<typeof EMPTY_ENERGY>): void {
    const { startMs, sessionId, phase } = key;
    const text = keyText(key);
    const known = this.#increments.get(text);
    const slice = known ?? { plug: this.#reading.plug, startMs, sessionId, phase, ...EMPTY_ENERGY };
    slice.counterWh += more.counterWh ?? 0;
    slice.integratedWh += more.integratedWh ?? 0;
    slice.gapWh += more.gapWh ?? 0;
    slice.coveredMs += more.coveredMs ?? 0;
    if (!known) this.#increments.set(text, slice);
  }
}

/** Cuts [startMs, endMs) at quarter hours and at changes of label. */
function cut(startMs: number, endMs: number, labels: readonly Label[]): [number, number, Label][] {
  const pieces: [number, number, Label][] = [];
  let fromMs = startMs;
  while (fromMs < endMs) {
    const change = labels.find((label) => label.fromMs > fromMs)?.fromMs ?? Infinity;
    const toMs = Math.min(endMs, change, quarterHourStart(fromMs) + QUARTER_HOUR_MS);
    pieces.push([fromMs, toMs, labelAt(fromMs, labels)]);
    fromMs = toMs;
  }
  return pieces;
}

function labelAt(atMs: number, labels: readonly Label[]): Label {
  return labels.findLast((label) => label.fromMs <= atMs) ?? { fromMs: -Infinity, sessionId: null, phase: 'standby' };
}

function sliceKey(atMs: number, { sessionId, phase }: Label): SliceKey {
  return { startMs: quarterHourStart(atMs), sessionId, phase };
}

function keyText({ startMs, sessionId, phase }: SliceKey): string {
  return `${startMs}|${phase}|${sessionId ?? ''}`;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
