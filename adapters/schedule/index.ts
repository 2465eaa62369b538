import type { Clock } from '../../model/clock.ts';
import { plannedAt, type WeeklyLive } from '../../model/schedule.ts';
import type { SessionSource, SourceReport } from '../../model/signals.ts';

/** Looked at again and again instead of once at the next change: the wall clock may be set meanwhile. */
const LOOK_MS = 10_000;

/** The lives that come every week, from the configuration: it prepares them and ends none. */
export class ScheduleSource implements SessionSource {
  readonly name = 'schedule';
  readonly role = 'plan';
  readonly trusted = false;
  readonly #weekly: readonly WeeklyLive[];
  readonly #setupMs: number;
  readonly #timeZone: string;
  readonly #clock: Clock;
  #cancel: () => void = () => {};

  constructor(settings: { weekly: readonly WeeklyLive[]; setupMs: number; timeZone: string }, clock: Clock) {
    this.#weekly = settings.weekly;
    this.#setupMs = settings.setupMs;
    this.#timeZone = settings.timeZone;
    this.#clock = clock;
  }

  start(report: (report: SourceReport) => void): void {
    const event = plannedAt(this.#weekly, this.#setupMs, this.#clock.nowMs(), this.#timeZone);
    report(
      event === null
        ? { says: 'off', detail: 'no live is planned now' }
        : { says: 'on', detail: `the live of ${event}`, event },
    );
    this.#cancel = this.#clock.after(LOOK_MS, () => this.start(report));
  }

  async stop(): Promise<void> {
    this.#cancel();
  }
}
