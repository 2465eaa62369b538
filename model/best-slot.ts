import { type LocalHours, localTimeOfDay } from './local-day.ts';

/** What the grid emits during [startMs, endMs), gCO2e per kWh. */
export interface Step {
  startMs: number;
  endMs: number;
  gramsPerKwh: number;
}

/** A possible time for a live, with the mean intensity over it. */
export type Slot = Step;

/** A saving is worth a recommendation from both of these. Below, the forecast's own error is larger. */
const WORTH_SHARE = 0.05;
const WORTH_GRAMS = 5;

const DAY_MS = 86_400_000;
const ROUND_MS = 5 * 60_000;

/** Sums of a gap-free run of steps, so that the mean over any part of it is two look-ups. */
interface Run {
  steps: Step[];
  /** Integral from the run's start to the start of each step, g/kWh × ms. */
  before: number[];
}

/** The mean intensity of the grid over any span that its steps cover without a gap. */
export class IntensityCurve {
  readonly #runs: Run[];

  /** @param steps in any order, of one provider; where two overlap, the one that begins later goes on */
  constructor(steps: readonly Step[]) {
    this.#runs = runsOf(steps);
  }

  /** The gap-free spans, oldest first. */
  get spans(): { startMs: number; endMs: number }[] {
    return this.#runs.map((run) => ({ startMs: startOf(run), endMs: endOf(run) }));
  }

  /** Mean g/kWh over [startMs, startMs + durationMs]; null where a part of it is not known. */
  mean(startMs: number, durationMs: number): number | null {
    const run = this.#runs.find((one) => startOf(one) <= startMs && startMs + durationMs <= endOf(one));
    return run ? meanOf(run, startMs, durationMs) : null;
  }

  /**
   * The time of the lowest mean intensity for something of `durationMs` that runs in one piece within [fromMs, toMs):
   * exact, since the mean can only turn where the start or the end is on the edge of a step. Of equals the earliest;
   * null when it fits nowhere.
   * @param windows narrower spans in which it must fit
   */
  best(durationMs: number, fromMs: number, toMs: number, windows = [{ startMs: fromMs, endMs: toMs }]): Slot | null {
    let best: Slot | null = null;
    for (const run of this.#runs) {
      const edges = [...run.steps.map(({ startMs }) => startMs), endOf(run)];
      for (const window of windows) {
        const first = Math.max(startOf(run), fromMs, window.startMs);
        const last = Math.min(endOf(run), toMs, window.endMs) - durationMs;
        if (last < first) continue;
        const starts = [first, last, ...edges, ...edges.map((edge) => edge - durationMs)];
        for (const startMs of starts) {
          if (startMs < first || startMs > last) continue;
          const gramsPerKwh = meanOf(run, startMs, durationMs);
          if (!best || isBetter(gramsPerKwh, startMs, best))
            best = { startMs, endMs: startMs + durationMs, gramsPerKwh };
        }
      }
    }
    return best;
  }
}

/** Lower by more than rounding errors, or as low and earlier. */
function isBetter(gramsPerKwh: number, startMs: number, best: Slot): boolean {
  const difference = gramsPerKwh - best.gramsPerKwh;
  return Math.abs(difference) < 1e-9 ? startMs < best.startMs : difference < 0;
}

/** The same slot beginning on a whole five minutes of the clock, the better of the two beside it, or as it is if none fits. */
export function roundedSlot(curve: IntensityCurve, slot: Slot, fits: (startMs: number) => boolean): Slot {
  const durationMs = slot.endMs - slot.startMs;
  const earlier = Math.floor(slot.startMs / ROUND_MS) * ROUND_MS;
  let best: Slot | null = null;
  for (const startMs of [earlier, Math.ceil(slot.startMs / ROUND_MS) * ROUND_MS]) {
    const gramsPerKwh = fits(startMs) ? curve.mean(startMs, durationMs) : null;
    if (gramsPerKwh !== null && (!best || isBetter(gramsPerKwh, startMs, best)))
      best = { startMs, endMs: startMs + durationMs, gramsPerKwh };
  }
  return best ?? slot;
}

/** The spans of [fromMs, toMs) that lie in the allowed local hours. Right on days of 23 and 25 hours. */
export function allowedWindows(
  hours: LocalHours,
  fromMs: number,
  toMs: number,
  timeZone: string,
): { startMs: number; endMs: number }[] {
  const windows: { startMs: number; endMs: number }[] = [];
  const overMidnight = hours.toMinute <= hours.fromMinute;
  // By the noon of each day, so that no day is missed or met twice; from the day before, which may reach over midnight.
  const firstNoonMs = localTimeOfDay(fromMs, 720, timeZone) - DAY_MS;
  for (let noonMs = firstNoonMs; noonMs <= toMs + DAY_MS; noonMs += DAY_MS) {
    const opensMs = localTimeOfDay(noonMs, hours.fromMinute, timeZone);
    const closesMs = localTimeOfDay(overMidnight ? noonMs + DAY_MS : noonMs, hours.toMinute, timeZone);
    const startMs = Math.max(opensMs, fromMs);
    const endMs = Math.min(closesMs, toMs);
    if (endMs <= startMs) continue;
    const last = windows.at(-1);
    if (last && last.endMs >= startMs) last.endMs = endMs;
    else windows.push({ startMs, endMs });
  }
  return windows;
}

export interface Saving {
  /** gCO2e; below zero when the other time is better. */
  grams: number;
  share: number;
  /** At least 5 % and at least 5 g. */
  worthIt: boolean;
}

/** What moving a live of `watts` from one time to another of the same length saves. */
export function savingOf(from: Slot, to: Slot, watts: number): Saving {
  const hours = (to.endMs - to.startMs) / 3_600_000;
  const grams = ((from.gramsPerKwh - to.gramsPerKwh) * watts * hours) / 1000;
  const share = from.gramsPerKwh > 0 ? 1 - to.gramsPerKwh / from.gramsPerKwh : 0;
  return { grams, share, worthIt: grams >= WORTH_GRAMS && share >= WORTH_SHARE };
}

function runsOf(steps: readonly Step[]): Run[] {
  const byStart = new Map(steps.filter(({ startMs, endMs }) => endMs > startMs).map((step) => [step.startMs, step]));
  const sorted = [...byStart.values()].sort((a, b) => a.startMs - b.startMs);
  const runs: Run[] = [];
  for (const [index, step] of sorted.entries()) {
    const endMs = Math.min(step.endMs, sorted[index + 1]?.startMs ?? step.endMs);
    const own = { startMs: step.startMs, endMs, gramsPerKwh: step.gramsPerKwh };
    const run = runs.at(-1);
    if (!run || endOf(run) < own.startMs) {
      runs.push({ steps: [own], before: [0] });
      continue;
    }
    const last = run.steps.at(-1) ?? own;
    run.before.push((run.before.at(-1) ?? 0) + last.gramsPerKwh * (last.endMs - last.startMs));
    run.steps.push(own);
  }
  return runs;
}

function startOf(run: Run): number {
  return run.steps[0]?.startMs ?? 0;
}

function endOf(run: Run): number {
  return run.steps.at(-1)?.endMs ?? 0;
}

function meanOf(run: Run, startMs: number, durationMs: number): number {
  return (integralTo(run, startMs + durationMs) - integralTo(run, startMs)) / durationMs;
}

/** From the run's start to `atMs`, found by halving. */
function integralTo({ steps, before }: Run, atMs: number): number {
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((steps[middle]?.startMs ?? 0) <= atMs) low = middle;
    else high = middle - 1;
  }
  const step = steps[low];
  return step ? (before[low] ?? 0) + step.gramsPerKwh * (atMs - step.startMs) : 0;
}
