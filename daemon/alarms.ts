import type { Logger } from 'pino';
import type { AlarmFacts, AlarmMemory } from '../model/alarm-causes.ts';
import { causesNow, NO_MEMORY, noteSwitch } from '../model/alarm-causes.ts';
import { alarmText } from '../model/alarm-texts.ts';
import {
  type Alarm,
  type AlarmBook,
  type AlarmChange,
  acknowledge,
  causeOf,
  followAlarms,
  NO_ALARMS,
} from '../model/alarms.ts';
import type { Clock } from '../model/clock.ts';
import type { Journal, SwitchRecord } from '../model/ports.ts';
import { Unsaved } from './unsaved.ts';

const TICK_MS = 1000;
const RETRY_MS = 30_000;
/** Under this name the journal keeps what is remembered to see a cause. */
const KEPT = 'alarm-memory';
/** Open alarms are never left out of what is read. */
const READ_AT_START = 1;

interface AlarmsDeps {
  clock: Clock;
  log: Logger;
  journal: Pick<Journal, 'state' | 'putAlarm' | 'alarms'>;
  facts(): AlarmFacts;
  /** Keeps what `value` gives in the journal, asked at each flush. */
  keep(name: string, value: () => unknown): void;
}

/** Looks at the studio every second and says what begins to be wrong and what is over. */
export class Alarms {
  readonly #deps: AlarmsDeps;
  readonly #listeners = new Set<(change: AlarmChange) => void>();
  readonly #unsaved: Unsaved<Alarm>;
  #book: AlarmBook = NO_ALARMS;
  #memory: AlarmMemory = NO_MEMORY;
  #cancelTick: () => void = () => {};

  constructor(deps: AlarmsDeps) {
    this.#deps = deps;
    const { clock, journal, log } = deps;
    this.#unsaved = new Unsaved({
      ...{ clock, retryMs: RETRY_MS, put: (alarm) => journal.putAlarm(alarm) },
      failed: (err) =>
        log.warn({ event: 'alarm-unwritten', err }, 'an alarm could not be written: it is kept and tried again'),
    });
  }

  get open(): readonly Alarm[] {
    return this.#book.open;
  }

  /** Takes up the alarms that were open when the daemon stopped. */
  async start(): Promise<void> {
    const { journal, keep } = this.#deps;
    const open = (await journal.alarms(READ_AT_START)).filter(({ clearedAtMs }) => clearedAtMs === null);
    this.#book = { ...NO_ALARMS, open };
    this.#memory = ((await journal.state(KEPT)) as AlarmMemory | null | undefined) ?? NO_MEMORY;
    keep(KEPT, () => this.#memory);
    this.#tick();
  }

  /** The journal is a new file: what is open is written again. */
  rewrite(): void {
    for (const alarm of this.#book.open) this.#unsaved.set(alarm.id, alarm);
    void this.#unsaved.save();
  }

  stop(): Promise<void> {
    this.#cancelTick();
    return this.#unsaved.stop();
  }

  /** The switching log has a new entry. */
  switched(record: SwitchRecord): void {
    this.#memory = noteSwitch(this.#memory, record);
    this.#look();
  }

  /** The newest first. */
  async list(limit: number): Promise<Alarm[]> {
    const now = new Map([...this.#unsaved.records(), ...this.#book.open].map((alarm) => [alarm.id, alarm]));
    const written = (await this.#deps.journal.alarms(limit)).filter(({ id }) => !now.has(id));
    return [...now.values(), ...written].sort((a, b) => b.raisedAtMs - a.raisedAtMs).slice(0, limit);
  }

  /** null when there is no open alarm of this id. */
  async acknowledge(id: string, by: string): Promise<Alarm | null> {
    const before = this.#book.open.find((alarm) => alarm.id === id);
    const seen = acknowledge(this.#book, id, by, this.#deps.clock.nowMs());
    if (!seen) return null;
    this.#book = seen.book;
    if (!before?.acknowledged) {
      this.#tell({ change: 'acknowledged', alarm: seen.alarm });
      await this.#unsaved.save();
    }
    return seen.alarm;
  }

  onChange(listener: (change: AlarmChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tick(): void {
    this.#cancelTick = this.#deps.clock.after(TICK_MS, () => {
      this.#look();
      this.#tick();
    });
  }

  #look(): void {
    const { clock, facts } = this.#deps;
    const { memory, findings } = causesNow(this.#memory, facts(), new Set(this.#book.open.map(causeOf)));
    this.#memory = memory;
    const now = { steadyMs: clock.monotonicMs(), wallMs: clock.nowMs() };
    const { book, changes } = followAlarms(this.#book, findings, now);
    this.#book = book;
    for (const change of changes) this.#tell(change);
    if (changes.length > 0) void this.#unsaved.save();
  }

  #tell(change: AlarmChange): void {
    const { alarm } = change;
    this.#unsaved.set(alarm.id, alarm);
    const level = change.change === 'raised' ? 'warn' : 'info';
    this.#deps.log[level](
      { alarm: alarm.id, code: alarm.code, plug: alarm.plug },
      `alarm ${change.change}: ${alarmText(alarm, 'en')}`,
    );
    for (const listener of this.#listeners) listener(change);
  }
}
