import { localMidnight } from '../../model/local-day.ts';
import type { CounterSample } from '../../model/ports.ts';

const HOUR_MS = 3_600_000;

/**
 * A plug as Tapo makes them: today's counter in whole Wh, back to 0 at local midnight and when it loses power, and a
 * history of whole Wh per hour with the total of each day that is over. Its load is given at knots, a line between them.
 */
export class WholeWhPlug {
  readonly #zone: string;
  readonly #startMs: number;
  readonly #stepMs: number;
  readonly #watts: readonly number[];
  readonly #wh: number[] = [0];
  readonly #resetsMs: number[];

  /** @param watts at `startMs`, `startMs + stepMs`, … */
  constructor(
    zone: string,
    startMs: number,
    stepMs: number,
    watts: readonly number[],
    powerLossesMs: readonly number[],
  ) {
    this.#zone = zone;
    this.#startMs = startMs;
    this.#stepMs = stepMs;
    this.#watts = watts;
    this.#resetsMs = [...powerLossesMs];
    for (let dayMs = localMidnight(startMs, zone); dayMs < startMs + watts.length * stepMs; ) {
      this.#resetsMs.push(dayMs);
      dayMs = localMidnight(dayMs + 26 * HOUR_MS, zone);
    }
    this.#resetsMs.sort((a, b) => a - b);
    for (let index = 1; index < watts.length; index += 1)
      this.#wh.push(
        (this.#wh.at(-1) ?? 0) + (((watts[index - 1] ?? 0) + (watts[index] ?? 0)) / 2) * (stepMs / HOUR_MS),
      );
  }

  watts(atMs: number): number {
    const [index, share] = this.#place(atMs);
    const [from = 0, to = 0] = [this.#watts[index], this.#watts[index + 1]];
    return from + (to - from) * share;
  }

  /** All that was ever drawn. */
  drawnWh(atMs: number): number {
    const [index, share] = this.#place(atMs);
    const from = this.#watts[index] ?? 0;
    const middle = (from + this.watts(atMs)) / 2;
    return (this.#wh[index] ?? 0) + (middle * share * this.#stepMs) / HOUR_MS;
  }

  /** The latest reset at or before `atMs`. */
  lastReset(atMs: number): number {
    return this.#resetsMs.findLast((ms) => ms <= atMs) ?? Number.NEGATIVE_INFINITY;
  }

  counterWh(atMs: number): number {
    return wholeWh(this.drawnWh(atMs) - this.drawnWh(this.lastReset(atMs)));
  }

  history(fromMs: number, toMs: number): CounterSample[] {
    const samples: CounterSample[] = [];
    for (let dayMs = localMidnight(fromMs, this.#zone); dayMs <= toMs; ) {
      const nextMs = localMidnight(dayMs + 26 * HOUR_MS, this.#zone);
      const totalWh = wholeWh(this.drawnWh(nextMs) - this.drawnWh(dayMs));
      samples.push({ atMs: dayMs, counterWh: 0 });
      let counterWh = 0;
      for (let hourMs = dayMs + HOUR_MS; hourMs < nextMs && hourMs <= toMs; hourMs += HOUR_MS) {
        counterWh = Math.min(totalWh, counterWh + wholeWh(this.drawnWh(hourMs) - this.drawnWh(hourMs - HOUR_MS)));
        samples.push({ atMs: hourMs, counterWh });
      }
      if (nextMs <= toMs) samples.push({ atMs: nextMs - 1, counterWh: totalWh });
      dayMs = nextMs;
    }
    return samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  }

  #place(atMs: number): [index: number, share: number] {
    const steps = Math.min(Math.max(0, (atMs - this.#startMs) / this.#stepMs), this.#watts.length - 1);
    const index = Math.floor(steps);
    return [index, steps - index];
  }
}

/** Sums of fractions fall short of the whole by some 1e-12. */
function wholeWh(wh: number): number {
  return Math.floor(wh + 1e-9);
}
