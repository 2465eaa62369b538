import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import { HOLD_MS } from '../model/emissions.ts';
import type { EnergySlice } from '../model/energy.ts';
import { JournalFull, wordsOf } from '../model/errors.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import { type Label, NEW_METER } from '../model/meter.ts';
import { isProducer, type PlugId, type PlugSpec } from '../model/plug.ts';
import type { Journal, JournalBatch, PlugDevice } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';
import { EnergyPoints, type EnergyPointsDeps } from './energy-points.ts';
import { Metering } from './metering.ts';
import { PointTimes } from './point-times.ts';
import { type Meters, SliceBook } from './slice-book.ts';
import { UnsetClock } from './unset-clock.ts';

/** Name under which the journal keeps which energy points are still to be said. */
const DIRTY = 'energy-points';
/** Name under which it keeps where the meters are. */
const METERS = 'meters';
/** And which run wrote last: of one that crashed, what it read is booked as by itself. */
const RUN = 'run';
const FLUSH_MS = 5000;
/** So many readings, more than a studio has in that time, are written without waiting for it, and the next ones soon. */
const FULL_READINGS = 2000;
const BUSY_FLUSH_MS = 1000;
/**
 * Slices and meters are written, and energy points go out, this often: not with every flush, for a card's sake. After a
 * crash they are made again from the readings, which are.
 */
const BOOK_MS = 120_000;
/** Slices kept in memory: enough for a local day of 25 hours. */
const KEEP_SLICES_MS = 26 * 3_600_000;
/** While the journal can't be written, this many readings wait in memory; beyond, the oldest are dropped and counted. */
const WAITING_READINGS = 50_000;
const DROPPED_AT_ONCE = 5000;

interface PipelineDeps extends Pick<EnergyPointsDeps, 'energyLine' | 'pricing'> {
  clock: Clock;
  log: Logger;
  journal: Journal;
  /** Identifies this run: monotonic times of another run mean nothing. */
  runId: string;
  plugs: readonly PlugSpec[];
  devices: ReadonlyMap<PlugId, PlugDevice>;
  labels(): readonly Label[];
  /** Serialises one reading for the time-series database; null when there is nothing to say. */
  powerLine(reading: Reading): string | null;
  /** After every flush that reached the disk. */
  onFlushed(): void;
}

/**
 * Reading → meter → slices → journal. The only place where energy is made; everything else looks at it.
 * What can't be written waits in memory and is written with the next flush.
 */
export class Pipeline {
  readonly #deps: PipelineDeps;
  readonly #metering: Metering;
  readonly #plugs: ReadonlyMap<PlugId, PlugSpec>;
  readonly #unsetClock = new UnsetClock();
  readonly #pointTimes = new PointTimes();
  readonly #slices = new SliceBook();
  readonly #energyPoints: EnergyPoints;
  #batch: JournalBatch = emptyBatch();
  /** States that are asked for at each flush, and what was written of them last. */
  readonly #kept = new Map<string, { value: () => unknown; json: string | null }>();
  #bookDueMs = 0;
  #earlierRun = 'earlier';
  #writing: Promise<boolean> = Promise.resolve(true);
  /** Full batches came since the last flush by time. */
  #busy = false;
  #flushing = false;
  #cancelTimer: () => void = () => {};
  #trouble: string | null = null;
  #taken = 0;
  #written = 0;
  #dropped = 0;
  /** Of all runs, as the journal last said. */
  #thinned = 0;
  /** Readings on their way to the disk. */
  #inFlight = 0;

  constructor(deps: PipelineDeps) {
    this.#deps = deps;
    this.#plugs = new Map(deps.plugs.map((plug) => [plug.id, plug]));
    this.#metering = this.#meteringOf(deps.runId);
    this.#energyPoints = new EnergyPoints({ ...deps, line: (line) => this.line(line) });
  }

  /** Why the journal could not be written at the last flush, or null. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /**
   * What became of the readings of this run: taken = written + waiting + dropped, always. Dropped: given up because the
   * journal could not be written for too long; their energy never is. Thinned: of the written, of this run or earlier.
   */
  get readings(): { taken: number; written: number; waiting: number; dropped: number; thinned: number } {
    const { held } = this.#unsetClock;
    const waiting = held + this.#batch.readings.length + this.#inFlight;
    return {
      taken: held + this.#taken,
      written: this.#written,
      waiting,
      dropped: this.#dropped,
      thinned: this.#thinned,
    };
  }

  /** Takes up where the last run stopped. */
  async start(): Promise<void> {
    const { journal, clock, runId } = this.#deps;
    this.#earlierRun = String((await journal.state(RUN)) ?? this.#earlierRun);
    this.keep(RUN, () => runId);
    const meters = ((await journal.state(METERS)) as Meters | null | undefined) ?? {};
    this.#energyPoints.restore(((await journal.state(DIRTY)) as string[] | null | undefined) ?? null);
    // Also what lies ahead: the clock may have gone back since.
    this.#slices.restore(meters, await journal.slices(clock.nowMs() - KEEP_SLICES_MS, Number.MAX_SAFE_INTEGER));
    this.#schedule();
  }

  /** After a crash: books what was read and not booked yet, as the last run would have. Sessions must be known. */
  async catchUp(): Promise<void> {
    const { journal, devices } = this.#deps;
    const readings = await journal.unbooked();
    if (readings.length === 0) return;
    const earlier = this.#meteringOf(this.#earlierRun);
    for (const reading of readings) {
      const [spec, device] = [this.#plugs.get(reading.plug), devices.get(reading.plug)];
      if (spec && device && !isProducer(spec)) earlier.reading(reading, spec, { pollMs: device.pollMs });
    }
    await this.flush();
  }

  /** Writes what is left. The meters go on from here at the next start. */
  async stop(): Promise<void> {
    this.#cancelTimer();
    for (const reading of this.#unsetClock.end()) this.#take(reading);
    this.#metering.stop(this.#deps.plugs, this.#deps.devices);
    await this.flush();
    await this.#energyPoints.say();
    await this.flush();
  }

  reading(reading: Reading): void {
    for (const one of this.#unsetClock.next(reading)) this.#take(one);
  }

  #take(reading: Reading): void {
    const spec = this.#plugs.get(reading.plug);
    const device = this.#deps.devices.get(reading.plug);
    if (!spec || !device) return;
    // Energy is what the studio takes: what it makes is counted beside it.
    if (!isProducer(spec)) this.#metering.reading(reading, spec, device);
    this.#batch.readings.push(reading);
    this.#taken += 1;
    const line = this.#deps.powerLine({ ...reading, atMs: this.#pointTimes.of(reading) });
    if (line) this.#batch.lines.push(line);
    this.#bound();
    if (this.#batch.readings.length >= FULL_READINGS && !this.#flushing) this.#flushFull();
  }

  /** New or restated points, oldest first, and their lines. */
  intensities(points: readonly IntensityPoint[], lines: readonly string[]): void {
    this.#batch.intensities.push(...points);
    this.#batch.lines.push(...lines);
    // Grams are a view: what these points price is said anew.
    const [first, last] = [points.at(0), points.at(-1)];
    if (!first || !last) return;
    for (const slice of this.#slices.all) {
      // A value also stands in for the quarter hours after it.
      if (slice.startMs >= first.startMs && slice.startMs < last.endMs + HOLD_MS) this.#energyPoints.changed(slice);
    }
  }

  line(line: string | null): void {
    if (line) this.#batch.lines.push(line);
  }

  state(name: string, value: unknown): void {
    this.#batch.state[name] = value;
  }

  /** The journal is a new file: what is in memory of the last one is written again, energy of the last day included. */
  rewrite(): void {
    for (const kept of this.#kept.values()) kept.json = null;
    this.#slices.rewrite();
    for (const slice of this.#slices.all) this.#energyPoints.changed(slice);
    this.#bookDueMs = 0;
  }

  /** Keeps what `value` gives, asked at each flush and written when it has changed. */
  keep(name: string, value: () => unknown): void {
    this.#kept.set(name, { value, json: null });
  }

  /** All slices in memory: the last 26 hours at least. */
  slices(): EnergySlice[] {
    return this.#slices.all;
  }

  /**
   * Writes everything up to now. true when it is on the disk; false when it is kept for the next flush because the
   * journal would not take it.
   */
  flush(): Promise<boolean> {
    return this.#flush(true);
  }

  /** @param book also slices and meters; else only when something of them must not wait */
  #flush(book: boolean): Promise<boolean> {
    this.#writing = this.#writing.then(() => this.#write(book || this.#batch.intensities.length > 0));
    return this.#writing;
  }

  async #write(book: boolean): Promise<boolean> {
    const batch = this.#batch;
    const kept = this.#keptChanges(batch);
    const booked = book ? { ...this.#slices.book(), points: this.#energyPoints.book() } : null;
    if (booked?.points.kept) batch.state[DIRTY] = booked.points.kept;
    if (booked?.meters) batch.state[METERS] = booked.meters;
    const { readings, lines, intensities, state } = batch;
    if (readings.length + lines.length + intensities.length + Object.keys(state).length === 0) return true;
    if (booked) {
      batch.booked = true;
      batch.slices = booked.slices;
    }
    this.#batch = emptyBatch();
    this.#inFlight = batch.readings.length;
    const settle = (written: boolean) => {
      this.#inFlight = 0;
      booked?.settle(written);
      booked?.points.settle(written);
    };
    try {
      await this.#deps.journal.write(batch);
      this.#written += this.#inFlight;
      settle(true);
      for (const [name, json] of kept) this.#kept.set(name, { value: () => null, ...this.#kept.get(name), json });
      if (this.#trouble)
        this.#deps.log.info(
          { event: 'journal-writable' },
          'the journal can be written again; nothing that waited was lost',
        );
      this.#trouble = null;
      this.#deps.onFlushed();
      return true;
    } catch (error) {
      settle(false);
      this.#putBack(batch);
      const why = wordsOf(error);
      if (this.#trouble !== why)
        this.#deps.log.error(
          { event: 'journal-unwritable', err: error },
          'the journal can not be written: readings wait in memory',
        );
      this.#trouble = error instanceof JournalFull ? `no room for the journal: ${why}` : why;
      return false;
    }
  }

  /** Puts into the batch what has changed of what is kept. */
  #keptChanges(batch: JournalBatch): [string, string][] {
    return [...this.#kept].flatMap(([name, { value, json }]) => {
      const now = value();
      const text = JSON.stringify(now);
      if (text === json) return [];
      batch.state[name] = now;
      return [[name, text]];
    });
  }

  #putBack(old: JournalBatch): void {
    const newer = this.#batch;
    const { [METERS]: _, [DIRTY]: __, ...state } = old.state;
    this.#batch = {
      readings: [...old.readings, ...newer.readings],
      slices: [],
      intensities: [...old.intensities, ...newer.intensities],
      lines: [...old.lines, ...newer.lines],
      state: { ...state, ...newer.state },
    };
    this.#bound();
  }

  /** Energy is never dropped; raw readings and their points are, when memory would grow without end. */
  #bound(): void {
    if (this.#batch.readings.length <= WAITING_READINGS) return;
    // Many at once: one by one, a flood of readings would go through all of them each time.
    this.#batch.readings.splice(0, DROPPED_AT_ONCE);
    let points = DROPPED_AT_ONCE;
    this.#batch.lines = this.#batch.lines.filter((line) => !line.startsWith('power,') || points-- <= 0);
    this.#dropped += DROPPED_AT_ONCE;
  }

  /** In a flood: what is there is written without waiting for the time, and the rest of it soon after. */
  #flushFull(): void {
    this.#flushing = true;
    if (!this.#busy) {
      this.#busy = true;
      this.#cancelTimer();
      this.#schedule();
    }
    void this.#flush(this.#bookIsDue()).then((written) => {
      this.#flushing = false;
      // What can't be written now waits for the next time.
      if (written && this.#batch.readings.length >= FULL_READINGS) this.#flushFull();
    });
  }

  #schedule(): void {
    const { clock, log } = this.#deps;
    const afterMs = this.#busy ? BUSY_FLUSH_MS : FLUSH_MS;
    this.#busy = false;
    this.#cancelTimer = clock.after(afterMs, () => {
      const book = this.#bookIsDue();
      this.#flush(book)
        .then((written) => (written && book ? this.#booksWritten() : undefined))
        .catch((error) =>
          log.error({ event: 'energy-points-late', err: error }, 'energy points could not be made now'),
        );
      this.#forget();
      this.#schedule();
    });
  }

  #bookIsDue(): boolean {
    return this.#deps.clock.monotonicMs() >= this.#bookDueMs;
  }

  async #booksWritten(): Promise<void> {
    this.#bookDueMs = this.#deps.clock.monotonicMs() + BOOK_MS;
    this.#thinned = await this.#deps.journal.thinnedReadings();
    await this.#energyPoints.say();
  }

  #meteringOf(runId: string): Metering {
    const { clock, log, labels } = this.#deps;
    return new Metering({
      ...{ clock, log, runId, labels },
      meterOf: (plug) => this.#slices.meters[plug] ?? NEW_METER,
      booked: (plug, state, increments) => {
        this.#slices.add(plug, state, increments);
        for (const slice of increments) this.#energyPoints.changed(slice);
      },
    });
  }

  #forget(): void {
    const { clock, labels } = this.#deps;
    this.#slices.forget(clock.nowMs() - KEEP_SLICES_MS, labels().at(-1)?.sessionId ?? null);
  }
}

function emptyBatch(): JournalBatch {
  return { readings: [], slices: [], intensities: [], lines: [], state: {} };
}
