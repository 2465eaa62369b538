import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import { HOLD_MS } from '../model/emissions.ts';
import { addEnergy, EMPTY_ENERGY, type EnergySlice, QUARTER_HOUR_MS } from '../model/energy.ts';
import { JournalFull } from '../model/errors.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import { type Label, type MeterState, meter, NEW_METER } from '../model/meter.ts';
import type { PlugId, PlugSpec } from '../model/plug.ts';
import type { Journal, JournalBatch, PlugDevice } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';

const FLUSH_MS = 5000;
/** Energy points of quarter hours that changed go out this often, not at every reading. */
const ENERGY_POINTS_MS = 60_000;
/** Slices kept in memory: enough for a local day of 25 hours. */
const KEEP_SLICES_MS = 26 * 3_600_000;
/** While the journal can't be written, this many readings wait in memory; beyond, the oldest are dropped and counted. */
const WAITING_READINGS = 50_000;

export interface PipelineDeps {
  clock: Clock;
  log: Logger;
  journal: Journal;
  /** Identifies this run: monotonic times of another run mean nothing. */
  runId: string;
  plugs: readonly PlugSpec[];
  devices: ReadonlyMap<PlugId, PlugDevice>;
  labels(): readonly Label[];
  /** Serialises one reading for the time-series database; null when there is nothing to say. */
  powerLine(reading: Reading, spec: PlugSpec, adapter: string): string | null;
  /** Serialises the energy of one plug in one quarter hour. */
  energyLine(spec: PlugSpec, startMs: number, slices: readonly EnergySlice[]): string | null;
  /** After every flush that reached the disk. */
  onFlushed(): void;
}

/**
 * Reading → meter → slices → journal. The only place where energy is made; everything else looks at it.
 * What can't be written waits in memory and is written with the next flush.
 */
export class Pipeline {
  readonly #deps: PipelineDeps;
  readonly #meters = new Map<PlugId, MeterState>();
  readonly #slices = new Map<string, EnergySlice>();
  readonly #dirtyQuarters = new Map<string, { plug: PlugId; startMs: number }>();
  #batch: JournalBatch = emptyBatch();
  #energyDueMs = 0;
  #writing: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};
  #trouble: string | null = null;
  #droppedReadings = 0;

  constructor(deps: PipelineDeps) {
    this.#deps = deps;
  }

  /** Why the journal could not be written at the last flush, or null. */
  get trouble(): string | null {
    return this.#trouble;
  }

  get droppedReadings(): number {
    return this.#droppedReadings;
  }

  /** Takes up where the last run stopped. */
  async start(): Promise<void> {
    const { journal, clock, plugs } = this.#deps;
    for (const { id } of plugs) {
      const saved = await journal.state(`meter:${id}`);
      this.#meters.set(id, (saved as MeterState | undefined | null) ?? NEW_METER);
    }
    const now = clock.nowMs();
    for (const slice of await journal.slices(now - KEEP_SLICES_MS, now + QUARTER_HOUR_MS)) this.#keep(slice);
    this.#schedule();
  }

  /** Writes what is left. The meters go on from here at the next start. */
  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#energyPoints();
    await this.flush();
  }

  reading(reading: Reading): void {
    const { plugs, devices, runId, log } = this.#deps;
    const spec = plugs.find((plug) => plug.id === reading.plug);
    const device = devices.get(reading.plug);
    if (!spec || !device) return;
    const before = this.#meters.get(spec.id) ?? NEW_METER;
    const { state, increments, notes } = meter(before, reading, {
      runId,
      expectedIntervalMs: device.expectedIntervalMs,
      maxWatts: spec.maxWatts,
      labels: this.#deps.labels(),
    });
    for (const note of notes) log.warn({ plug: spec.id }, note);
    this.#meters.set(spec.id, state);
    this.#batch.state[`meter:${spec.id}`] = state;
    for (const slice of increments) {
      this.#keep(slice);
      this.#dirty(slice.plug, slice.startMs);
    }
    this.#mergeSlices(increments);
    this.#batch.readings.push(reading);
    const line = this.#deps.powerLine(reading, spec, device.adapter);
    if (line) this.#batch.lines.push(line);
    this.#bound();
  }

  /** New or restated points, oldest first, and their lines. */
  intensities(points: readonly IntensityPoint[], lines: readonly string[]): void {
    this.#batch.intensities.push(...points);
    this.#batch.lines.push(...lines);
    // Grams are a view: what these points price is said anew.
    const [first, last] = [points.at(0), points.at(-1)];
    if (!first || !last) return;
    for (const { plug, startMs } of this.#slices.values()) {
      // A value also stands in for the quarter hours after it.
      if (startMs >= first.startMs && startMs < last.endMs + HOLD_MS) this.#dirty(plug, startMs);
    }
  }

  line(line: string | null): void {
    if (line) this.#batch.lines.push(line);
  }

  state(name: string, value: unknown): void {
    this.#batch.state[name] = value;
  }

  /** All slices in memory: the last 26 hours at least. */
  slices(): EnergySlice[] {
    return [...this.#slices.values()];
  }

  /** The slices of one plug in one quarter hour. */
  quarter(plug: PlugId, startMs: number): EnergySlice[] {
    return this.slices().filter((slice) => slice.plug === plug && slice.startMs === startMs);
  }

  /**
   * Writes everything up to now; resolves when it is on the disk, or when it is kept for the next flush because the
   * journal would not take it.
   */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const batch = this.#batch;
    if (batch.readings.length + batch.lines.length + batch.slices.length + Object.keys(batch.state).length === 0)
      return;
    this.#batch = emptyBatch();
    try {
      await this.#deps.journal.write(batch);
      if (this.#trouble) this.#deps.log.info('the journal can be written again; nothing that waited was lost');
      this.#trouble = null;
      this.#deps.onFlushed();
    } catch (error) {
      this.#putBack(batch);
      const why = error instanceof Error ? error.message : String(error);
      if (this.#trouble !== why)
        this.#deps.log.error({ err: error }, 'the journal can not be written: readings wait in memory');
      this.#trouble = error instanceof JournalFull ? `no room for the journal: ${why}` : why;
    }
  }

  #putBack(old: JournalBatch): void {
    const newer = this.#batch;
    this.#batch = {
      readings: [...old.readings, ...newer.readings],
      slices: old.slices,
      intensities: [...old.intensities, ...newer.intensities],
      lines: [...old.lines, ...newer.lines],
      state: { ...old.state, ...newer.state },
    };
    this.#mergeSlices(newer.slices);
    this.#bound();
  }

  /** One increment per slice, whatever the number of readings. */
  #mergeSlices(increments: readonly EnergySlice[]): void {
    const byKey = new Map(this.#batch.slices.map((slice) => [keyOf(slice), slice]));
    for (const slice of increments) addTo(byKey, slice);
    this.#batch.slices = [...byKey.values()];
  }

  /** Energy is never dropped; raw readings and their points are, when memory would grow without end. */
  #bound(): void {
    const over = this.#batch.readings.length - WAITING_READINGS;
    if (over <= 0) return;
    this.#batch.readings.splice(0, over);
    this.#batch.lines.splice(0, Math.max(0, this.#batch.lines.length - WAITING_READINGS));
    this.#droppedReadings += over;
  }

  #schedule(): void {
    const { clock } = this.#deps;
    this.#cancelTimer = clock.after(FLUSH_MS, () => {
      if (clock.monotonicMs() >= this.#energyDueMs) {
        this.#energyDueMs = clock.monotonicMs() + ENERGY_POINTS_MS;
        this.#energyPoints();
      }
      void this.flush();
      this.#forget();
      this.#schedule();
    });
  }

  #energyPoints(): void {
    for (const { plug, startMs } of this.#dirtyQuarters.values()) {
      const spec = this.#deps.plugs.find(({ id }) => id === plug);
      if (spec) this.line(this.#deps.energyLine(spec, startMs, this.quarter(plug, startMs)));
    }
    this.#dirtyQuarters.clear();
  }

  #dirty(plug: PlugId, startMs: number): void {
    this.#dirtyQuarters.set(`${plug}|${startMs}`, { plug, startMs });
  }

  #keep(slice: EnergySlice): void {
    addTo(this.#slices, slice);
  }

  #forget(): void {
    const { clock, labels } = this.#deps;
    const current = labels().at(-1)?.sessionId ?? null;
    const beforeMs = clock.nowMs() - KEEP_SLICES_MS;
    for (const [key, slice] of this.#slices) {
      if (slice.startMs < beforeMs && (current === null || slice.sessionId !== current)) this.#slices.delete(key);
    }
  }
}

function keyOf(slice: EnergySlice): string {
  return `${slice.plug}|${slice.startMs}|${slice.phase}|${slice.sessionId ?? ''}`;
}

function addTo(slices: Map<string, EnergySlice>, increment: EnergySlice): void {
  const key = keyOf(increment);
  slices.set(key, { ...increment, ...addEnergy(slices.get(key) ?? EMPTY_ENERGY, increment) });
}

function emptyBatch(): JournalBatch {
  return { readings: [], slices: [], intensities: [], lines: [], state: {} };
}
