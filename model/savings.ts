/**
 * What a cut saves, counted from what was measured: the watts that the plug really drew before it, times the time that its
 * relay was seen off, minus what the plug itself goes on drawing. Time nobody saw counts for nothing. Pure.
 */
import { FootprintSum, type Origin, type Pricing } from './emissions.ts';
import { quartersWithin } from './energy.ts';
import type { PlugId, PlugSpec } from './plug.ts';

const HOUR_MS = 3_600_000;
/** A cut is judged by the last readings before it, of so long, ms. */
const BEFORE_MS = 5 * 60_000;
const LEAST_STEP_MS = 1000;
/** The wall clock stepped when it and the monotonic one differ by more than this between two readings, ms. */
const STEP_MS = 2000;
/**
 * What a smart plug itself draws, W: it goes on while its outlet is off, and its own meter does not see it. Assumed:
 * people measured 0.3 W (Zigbee, relay off) to 2 W (older Wi-Fi plugs), iot.stackexchange.com/questions/608.
 */
export const OWN_WATTS = 1.5;

/** What was seen of one plug at one moment. */
export interface SavingSample {
  /** UTC ms. */
  atMs: number;
  monotonicMs: number;
  watts: number | null;
  relay: boolean | null;
}

/** Time in which the relay was seen off, within one UTC hour. */
export interface OffSpan {
  fromMs: number;
  toMs: number;
  /** What would have been drawn, Wh; at most the cut's watts times this time. */
  grossWh: number;
  /** What the plug drew all the same, Wh. */
  ownWh: number;
}

/** One cut by offair, or in dry run one that would have been. Plain JSON. */
export interface Cut {
  id: string;
  plug: PlugId;
  dryRun: boolean;
  /** When the plug was first seen off, UTC ms. */
  atMs: number;
  /** Mean of what it drew before, W, over so many readings. */
  standbyWatts: number;
  readings: number;
  off: OffSpan[];
  /** When it was seen on again, whoever did it; null: it still is off, as far as anybody knows. */
  endedAtMs: number | null;
}

/** What must be remembered of a plug to count its cuts. Plain JSON. */
export interface SavingState {
  /** The latest readings while it was on since its load was last in use, oldest first. */
  before: readonly SavingSample[];
  last: SavingSample | null;
  cut: Cut | null;
  /** A cut that dry run would have made. */
  rehearsal: Cut | null;
}

export const NEW_SAVING: SavingState = { before: [], last: null, cut: null, rehearsal: null };

/** What the policy knows of the plug at that moment. */
export interface SavingFacts {
  /** offair switched it off, and has not switched it on since. */
  cutByOffair: boolean;
  /** It is certain that no live runs. */
  betweenLives: boolean;
}

type Spec = Pick<PlugSpec, 'id' | 'essential' | 'idleWatts' | 'staleAfterMs'>;

/** Takes note of a reading. `changed`: cuts that began or ended with it. Of an essential plug nothing ever begins. */
export function noteReading(
  spec: Spec,
  before: SavingState,
  sample: SavingSample,
  facts: SavingFacts,
): { state: SavingState; changed: Cut[] } {
  const state: SavingState = { ...before, last: sample };
  const changed: Cut[] = [];
  const seenMs = seenTime(spec, before.last, sample);
  if (before.cut) {
    if (sample.relay === true || (sample.relay === false && !facts.cutByOffair)) {
      state.cut = null;
      state.before = [];
      changed.push({ ...before.cut, endedAtMs: sample.atMs });
    } else if (sample.relay === false && before.last?.relay === false && seenMs > 0) {
      const ownWatts = Math.max(OWN_WATTS, sample.watts ?? 0);
      state.cut = grow(before.cut, sample.atMs, seenMs, before.cut.standbyWatts, ownWatts);
    }
  } else if (sample.relay === false) {
    state.before = [];
    const standby = facts.cutByOffair && !spec.essential ? standbyBefore(before.before, sample, spec.idleWatts) : null;
    if (standby) {
      state.cut = beginCut(spec.id, false, sample.atMs, standby);
      changed.push(state.cut);
    }
  }
  if (before.rehearsal) {
    const { standbyWatts } = before.rehearsal;
    const inUse = spec.idleWatts !== null && (sample.watts ?? 0) > spec.idleWatts;
    if (sample.relay === false || inUse || !facts.betweenLives) {
      state.rehearsal = null;
      changed.push({ ...before.rehearsal, endedAtMs: sample.atMs });
    } else if (sample.watts !== null && seenMs > 0) {
      const drawnWatts = Math.min(Math.max(sample.watts, 0), standbyWatts);
      state.rehearsal = grow(before.rehearsal, sample.atMs, seenMs, drawnWatts, OWN_WATTS);
    }
  }
  if (sample.relay !== false) state.before = withSample(spec, state.before, sample);
  return { state, changed };
}

/**
 * One a second is enough of a plug that floods, but none that shows its load in use is left out. Such a one stands for all
 * before it: a cut is judged by what came since (`standbyBefore`).
 */
function withSample(
  { idleWatts }: Spec,
  before: readonly SavingSample[],
  sample: SavingSample,
): readonly SavingSample[] {
  const { watts, monotonicMs } = sample;
  if (watts === null) return before;
  if (idleWatts !== null && watts > idleWatts) return [sample];
  const last = before.at(-1);
  if (last && monotonicMs - last.monotonicMs < LEAST_STEP_MS) return before;
  return [...before.filter((earlier) => monotonicMs - earlier.monotonicMs <= BEFORE_MS), sample];
}

/** Dry run says that it would have been cut now. */
export function rehearseCut(spec: Spec, before: SavingState): { state: SavingState; changed: Cut[] } {
  const { last } = before;
  const standby =
    last && !spec.essential && !before.rehearsal ? standbyBefore(before.before, last, spec.idleWatts) : null;
  if (!last || !standby) return { state: before, changed: [] };
  const rehearsal = beginCut(spec.id, true, last.atMs, standby);
  return { state: { ...before, rehearsal }, changed: [rehearsal] };
}

/** What a plug drew on the average of the time before a cut. */
export interface Standby {
  watts: number;
  readings: number;
}

/**
 * Mean watts of the last minutes before `end`, each reading for as long as it stood; of a plug with an idle threshold
 * only of the time since it was last in use. null when there is no reading.
 */
export function standbyBefore(
  samples: readonly SavingSample[],
  end: Pick<SavingSample, 'monotonicMs'>,
  idleWatts: number | null,
): Standby | null {
  const recent = samples.filter(({ monotonicMs }) => end.monotonicMs - monotonicMs <= BEFORE_MS);
  const inUse = recent.findLastIndex(({ watts }) => idleWatts !== null && (watts ?? 0) > idleWatts);
  const quiet = recent.slice(inUse + 1).filter(({ watts }) => watts !== null);
  if (quiet.length === 0) return null;
  let [wattMs, totalMs] = [0, 0];
  for (const [index, { watts, monotonicMs }] of quiet.entries()) {
    const heldMs = Math.max(1, (quiet[index + 1] ?? end).monotonicMs - monotonicMs);
    wattMs += Math.max(0, watts ?? 0) * heldMs;
    totalMs += heldMs;
  }
  return { watts: wattMs / totalMs, readings: quiet.length };
}

export function beginCut(plug: PlugId, dryRun: boolean, atMs: number, { watts, readings }: Standby): Cut {
  const id = `${plug}-${dryRun ? 'dry-' : ''}${Math.round(atMs).toString(36)}`;
  return { id, plug, dryRun, atMs, standbyWatts: watts, readings, off: [], endedAtMs: null };
}

/** How long the plug was watched up to this reading without a break, ms; 0 when there was one. */
function seenTime({ staleAfterMs }: Spec, last: SavingSample | null, sample: SavingSample): number {
  if (!last) return 0;
  const gapMs = sample.monotonicMs - last.monotonicMs;
  return gapMs > 0 && gapMs <= staleAfterMs ? gapMs : 0;
}

/** A span that goes on grows; a new one begins with each hour, with each gap and where the clock was set. */
function grow(cut: Cut, toMs: number, lengthMs: number, watts: number, ownWatts: number): Cut {
  const [grossWh, ownWh] = [(watts * lengthMs) / HOUR_MS, (ownWatts * lengthMs) / HOUR_MS];
  const last = cut.off.at(-1);
  const fromMs = toMs - lengthMs;
  const goesOn =
    last && Math.abs(fromMs - last.toMs) <= STEP_MS && Math.floor(last.fromMs / HOUR_MS) === Math.floor(toMs / HOUR_MS);
  if (!goesOn) return { ...cut, off: [...cut.off, { fromMs, toMs, grossWh, ownWh }] };
  const grown = { ...last, toMs, grossWh: last.grossWh + grossWh, ownWh: last.ownWh + ownWh };
  return { ...cut, off: [...cut.off.slice(0, -1), grown] };
}

/** Sum of what cuts have saved. */
export interface Saving {
  cuts: number;
  /** Time that plugs were seen off, ms. */
  offMs: number;
  /** Of the time from the cuts to their ends, the share in which the plugs were seen off, 0..1. */
  coverage: number;
  /** What would have been drawn, Wh. */
  grossWh: number;
  /** What the plugs themselves drew, Wh. */
  ownWh: number;
  /** `grossWh - ownWh`: below zero where the plug draws more than what it cuts. */
  wh: number;
  /** gCO2e of `wh`, but for the part whose intensity is not known. */
  grams: number;
  unpricedWh: number;
  origins: Origin[];
  /** null without a tariff. */
  euro: number | null;
}

export interface SavingGroup {
  key: string;
  saved: Saving;
  wouldHaveSaved: Saving;
}

export interface SavingQuery {
  fromMs: number;
  toMs: number;
  nowMs: number;
  /** The group of a cut in the quarter hour that starts at `startMs`. */
  keyOf(cut: Cut, startMs: number): string;
  priceOf: Pricing;
  /** Euro per kWh; null without a tariff. */
  euroPerKwh: ((startMs: number) => number) | null;
}

/** What was saved in [fromMs, toMs), by group in the order they come, and in all. Dry run is never mixed in. */
export function savingsOf(cuts: readonly Cut[], query: SavingQuery): { whole: SavingGroup; groups: SavingGroup[] } {
  const whole = new GroupSum(query.euroPerKwh !== null);
  const groups = new Map<string, GroupSum>();
  const sumsOf = (cut: Cut, startMs: number) => {
    const key = query.keyOf(cut, startMs);
    const group = groups.get(key) ?? new GroupSum(query.euroPerKwh !== null);
    groups.set(key, group);
    return [whole.of(cut), group.of(cut)];
  };
  const { fromMs, toMs, nowMs } = query;
  for (const cut of cuts) {
    const lastSeenMs = cut.off.at(-1)?.toMs ?? cut.atMs;
    const endMs = Math.max(cut.endedAtMs ?? nowMs, lastSeenMs);
    for (const [startMs, ms] of quartersWithin(Math.max(cut.atMs, fromMs), Math.min(endMs, toMs)))
      for (const sum of sumsOf(cut, startMs)) sum.elapsedMs += ms;
    for (const span of cut.off) {
      for (const [startMs, ms] of quartersWithin(Math.max(span.fromMs, fromMs), Math.min(span.toMs, toMs))) {
        const share = ms / (span.toMs - span.fromMs);
        const part = { cut, startMs, ms, grossWh: span.grossWh * share, ownWh: span.ownWh * share };
        for (const sum of sumsOf(cut, startMs)) sum.add(part, query);
      }
    }
  }
  return { whole: whole.total('all'), groups: [...groups].map(([key, sum]) => sum.total(key)) };
}

class GroupSum {
  readonly #saved: SavingSum;
  readonly #wouldHave: SavingSum;

  constructor(priced: boolean) {
    this.#saved = new SavingSum(priced);
    this.#wouldHave = new SavingSum(priced);
  }

  of({ dryRun }: Cut): SavingSum {
    return dryRun ? this.#wouldHave : this.#saved;
  }

  total(key: string): SavingGroup {
    return { key, saved: this.#saved.total(), wouldHaveSaved: this.#wouldHave.total() };
  }
}

class SavingSum {
  elapsedMs = 0;
  readonly #cuts = new Set<string>();
  readonly #carbon = new FootprintSum();
  #offMs = 0;
  #grossWh = 0;
  #ownWh = 0;
  #euro: number | null;

  constructor(priced: boolean) {
    this.#euro = priced ? 0 : null;
  }

  add(part: { cut: Cut; startMs: number; ms: number; grossWh: number; ownWh: number }, query: SavingQuery): void {
    const { cut, startMs, ms, grossWh, ownWh } = part;
    const wh = grossWh - ownWh;
    this.#cuts.add(cut.id);
    this.#offMs += ms;
    this.#grossWh += grossWh;
    this.#ownWh += ownWh;
    const energy = { counterWh: 0, integratedWh: wh, gapWh: 0, coveredMs: ms };
    this.#carbon.add({ plug: cut.plug, startMs, sessionId: null, phase: 'standby', ...energy }, query.priceOf(startMs));
    if (this.#euro !== null && query.euroPerKwh) this.#euro += (wh / 1000) * query.euroPerKwh(startMs);
  }

  total(): Saving {
    const { wh, grams, unpricedWh, origins } = this.#carbon.parts();
    return {
      cuts: this.#cuts.size,
      offMs: this.#offMs,
      // A clock that was set back gives more time than has gone by.
      coverage: this.elapsedMs > 0 ? Math.min(1, this.#offMs / this.elapsedMs) : 1,
      ...{ grossWh: this.#grossWh, ownWh: this.#ownWh, wh, grams, unpricedWh, origins, euro: this.#euro },
    };
  }
}
