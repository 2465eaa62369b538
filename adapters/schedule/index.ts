import type { Clock } from '../../model/clock.ts';
import { type LiveTime, type WeeklyLive, weeklyLives } from '../../model/schedule.ts';
import { planReport, type SessionSource, type SourceReport } from '../../model/signals.ts';

/** Looked at again and again instead of once at the next change: the wall clock may be set meanwhile. */
const LOOK_MS = 10_000;
const DAY_MS = 24 * 3_600_000;
/** The lives of so many days are worked out at a time: a week ahead is the furthest that the next one can be. */
const AHEAD_MS = 9 * DAY_MS;

/** The lives that come every week, from the configuration: it prepares them and ends none. */
export class ScheduleSource implements SessionSource {
  readonly name = 'schedule';
  readonly role = 'plan';
  readonly trusted = false;
  readonly #settings: { weekly: readonly WeeklyLive[]; setupMs: number; timeZone: string };
  readonly #clock: Clock;
  #lives: LiveTime[] = [];
  #workedOutAtMs = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => {};

  constructor(settings: { weekly: readonly WeeklyLive[]; setupMs: number; timeZone: string }, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  start(report: (report: SourceReport) => void): void {
    const nowMs = this.#clock.nowMs();
    report(planReport(this.#livesAround(nowMs), this.#settings.setupMs, nowMs));
    this.#cancel = this.#clock.after(LOOK_MS, () => this.start(report));
  }

  async stop(): Promise<void> {
    this.#cancel();
  }

  #livesAround(nowMs: number): readonly LiveTime[] {
    if (Math.abs(nowMs - this.#workedOutAtMs) > DAY_MS / 2) {
      const { weekly, timeZone } = this.#settings;
      // One of yesterday may still run.
      this.#lives = weeklyLives(weekly, nowMs - 1.5 * DAY_MS, nowMs + AHEAD_MS, timeZone);
      this.#workedOutAtMs = nowMs;
    }
    return this.#lives;
  }
}
