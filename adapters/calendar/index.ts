import { createHash } from 'node:crypto';
import type { Clock, Random } from '../../model/clock.ts';
import { wordsOf } from '../../model/errors.ts';
import { planReport, type SessionSource, type SourceReport } from '../../model/signals.ts';
import { sourceWords } from '../../model/source-words.ts';
import type { DeviceMemory } from '../adapter.ts';
import { readCalendarApart } from './apart.ts';
import type { CalendarLives } from './ics.ts';
import type { CalendarOrigin } from './origin.ts';

export { type CalendarOrigin, calendarFile, calendarUrl } from './origin.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So far ahead a copy knows the lives, also when the calendar is out of reach. */
const AHEAD_MS = 15 * DAY_MS;
/** Then it is worked out anew, even if nothing has changed. */
const COPY_LASTS_MS = 12 * HOUR_MS;
/** What is under way is looked at so often; the wall clock may be set meanwhile. */
const LOOK_MS = 10_000;
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = HOUR_MS;

export interface CalendarSettings {
  /** null: there is no address, the secret is not set. */
  origin: CalendarOrigin | null;
  setupMs: number;
  timeZone: string;
  titleContains: string | null;
}

/** Plain JSON. */
interface Copy extends CalendarLives {
  /** Of which origin and settings. */
  of: string;
  version: string | null;
  /** When it was worked out, and when the origin last said that it is so, UTC ms. */
  madeAtMs: number;
  seenAtMs: number;
}

/** The lives of a calendar: it prepares them and ends none. While it can't be had, the last good copy counts. */
export class CalendarSource implements SessionSource {
  readonly name = 'calendar';
  readonly role = 'plan';
  readonly trusted = false;
  readonly #settings: CalendarSettings;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #memory: DeviceMemory;
  readonly #abort = new AbortController();
  #report: (report: SourceReport) => void = () => {};
  #copy: Copy | null = null;
  /** Why the calendar can't be had now, and of which one. */
  #problem: { calendar: string; why: string } | null = null;
  #loop: Promise<void> = Promise.resolve();
  #cancelLook: () => void = () => {};

  constructor(settings: CalendarSettings, deps: { clock: Clock; random: Random; memory: DeviceMemory }) {
    this.#settings = settings;
    this.#clock = deps.clock;
    this.#random = deps.random;
    this.#memory = deps.memory;
  }

  start(report: (report: SourceReport) => void): void {
    this.#report = report;
    const { origin } = this.#settings;
    if (origin === null) {
      report({ says: 'unknown', detail: sourceWords('calendar-unset') });
      return;
    }
    this.#loop = this.#run(origin);
    this.#look();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#cancelLook();
    await this.#loop;
  }

  async #run(origin: CalendarOrigin): Promise<void> {
    const { signal } = this.#abort;
    const of = createHash('sha256').update(JSON.stringify(this.#settings)).digest('hex');
    const kept = (await this.#memory.recall('calendar').catch(() => null)) as Copy | null | undefined;
    if (kept?.of === of) this.#copy = kept;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      let waitMs = origin.againMs;
      try {
        await this.#load(origin, of);
        this.#problem = null;
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        this.#problem = { calendar: origin.name, why: wordsOf(error) };
        waitMs = Math.min(origin.againMs, retryMs) * (0.8 + 0.4 * this.#random());
        retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
      }
      this.#tell();
      await this.#clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  async #load(origin: CalendarOrigin, of: string): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const lasts = this.#copy !== null && Math.abs(nowMs - this.#copy.madeAtMs) < COPY_LASTS_MS;
    const fetched = await origin.fetch(lasts ? (this.#copy?.version ?? null) : null, this.#abort.signal);
    if (fetched === 'unchanged') {
      if (this.#copy) this.#copy = { ...this.#copy, seenAtMs: nowMs };
      return;
    }
    const { timeZone, titleContains } = this.#settings;
    // One that began yesterday may still run.
    const window = { fromMs: nowMs - DAY_MS, toMs: nowMs + AHEAD_MS, timeZone, titleContains };
    const read = await readCalendarApart(fetched.ics, window, this.#clock, this.#abort.signal);
    this.#copy = { ...read, of, version: fetched.version, madeAtMs: nowMs, seenAtMs: nowMs };
    // Only for a start at which the calendar is out of reach.
    await this.#memory.keep('calendar', this.#copy).catch(() => {});
  }

  #look(): void {
    this.#tell();
    this.#cancelLook = this.#clock.after(LOOK_MS, () => this.#look());
  }

  #tell(): void {
    if (this.#abort.signal.aborted) return;
    const copy = this.#copy;
    const problem = this.#problem;
    if (!copy) {
      const detail = problem ? sourceWords('calendar-failed', problem) : sourceWords('calendar-reading');
      this.#report({ says: 'unknown', detail });
      return;
    }
    const nowMs = this.#clock.nowMs();
    const { allDay, unreadable, tooMany } = copy.leftOut;
    const minutes = Math.max(1, Math.round((nowMs - copy.seenAtMs) / 60_000));
    const remarks = [
      ...(problem ? [sourceWords('calendar-old', { ...problem, minutes })] : []),
      ...(allDay > 0 ? [sourceWords('calendar-all-day', { count: allDay })] : []),
      ...(unreadable > 0 ? [sourceWords('calendar-unreadable', { count: unreadable })] : []),
      ...(tooMany > 0 ? [sourceWords('calendar-too-many', { count: tooMany })] : []),
    ];
    this.#report({ ...planReport(copy.lives, this.#settings.setupMs, nowMs), remarks });
  }
}
