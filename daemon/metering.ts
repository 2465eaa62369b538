import type { Logger } from 'pino';
import { backfill } from '../model/backfill.ts';
import type { Clock } from '../model/clock.ts';
import type { EnergySlice } from '../model/energy.ts';
import { PlugUnreachable } from '../model/errors.ts';
import { absenceBefore, type Label, type MeterSettings, type MeterState, meter } from '../model/meter.ts';
import type { PlugId, PlugSpec } from '../model/plug.ts';
import type { CounterSample, PlugDevice } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';
import { within } from './within.ts';

/** Shorter absences are spread evenly: a plug's history is by the hour. */
const ASK_FROM_MS = 10 * 60_000;
/** Asked for from so long before the absence, so that the history can be compared with the counter as it was read. */
const BASE_MS = 3_600_000;
const HISTORY_PATIENCE_MS = 30_000;
const HISTORY_ATTEMPTS = 3;
/** Beyond so many readings that wait for one history, it is done without. */
const MOST_HELD = 500;

interface MeteringDeps {
  clock: Clock;
  log: Logger;
  /** Identifies this run: monotonic times of another run mean nothing. */
  runId: string;
  labels(): readonly Label[];
  /** Where a plug's meter is. */
  meterOf(plug: PlugId): MeterState;
  /** All that one call booked for a plug, to be written together. */
  booked(plug: PlugId, state: MeterState, increments: readonly EnergySlice[]): void;
}

/** What is asked of a plug here. */
type MeteredDevice = Pick<PlugDevice, 'pollMs' | 'history'>;

/** Readings of one plug that wait until its history says when the energy before them was drawn. */
interface Held {
  readings: Reading[];
  attempts: number;
  asking: boolean;
}

/**
 * One meter per plug. A reading that ends an absence, or shows that the counter was reset in one, first waits for what
 * the plug itself remembers of that time. Until then nothing is booked, so a crash leaves the absence to the next start.
 */
export class Metering {
  readonly #deps: MeteringDeps;
  readonly #held = new Map<PlugId, Held>();

  constructor(deps: MeteringDeps) {
    this.#deps = deps;
  }

  reading(reading: Reading, spec: PlugSpec, device: MeteredDevice): void {
    const held = this.#held.get(spec.id) ?? { readings: [], attempts: 0, asking: false };
    if (held.readings.length === 0 && !this.#historyWouldHelp(reading, spec, device)) {
      this.#book([reading], spec, device, []);
      return;
    }
    held.readings.push(reading);
    if (held.readings.length > MOST_HELD) {
      this.#book(held.readings, spec, device, []);
      return;
    }
    this.#held.set(spec.id, held);
    if (!held.asking && counterOf(held.readings) !== null) void this.#ask(held, spec, device);
  }

  /** Books what is held, without history. */
  stop(plugs: readonly PlugSpec[], devices: ReadonlyMap<PlugId, PlugDevice>): void {
    for (const [id, held] of this.#held) {
      const [spec, device] = [plugs.find((plug) => plug.id === id), devices.get(id)];
      if (spec && device) this.#book(held.readings, spec, device, []);
    }
  }

  #historyWouldHelp(reading: Reading, spec: PlugSpec, device: MeteredDevice): boolean {
    const state = this.#deps.meterOf(spec.id);
    if (!device.history || !state.counter) return false;
    const absence = absenceBefore(state, reading, this.#settings(spec, device));
    if (!absence) return false;
    const fell = reading.counterWh !== null && reading.counterWh < state.counter.wh;
    return fell || absence.toMs - absence.fromMs >= ASK_FROM_MS;
  }

  async #ask(held: Held, spec: PlugSpec, device: MeteredDevice): Promise<void> {
    const [first, latest] = [held.readings.at(0), held.readings.at(-1)];
    const absence = first && absenceBefore(this.#deps.meterOf(spec.id), first, this.#settings(spec, device));
    if (!absence || !latest) return;
    held.asking = true;
    held.attempts += 1;
    const asked = (async () => (await device.history?.(absence.fromMs - BASE_MS, latest.atMs)) ?? [])().catch(
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    const answer = await within(this.#deps.clock, HISTORY_PATIENCE_MS, asked);
    held.asking = false;
    // Meanwhile it was done without.
    if (this.#held.get(spec.id) !== held) return;
    if (Array.isArray(answer)) {
      this.#book(held.readings, spec, device, answer);
      return;
    }
    if (answer instanceof PlugUnreachable && held.attempts < HISTORY_ATTEMPTS) return;
    const why = answer?.message ?? 'it did not answer in time';
    this.#deps.log.warn(
      { event: 'gap-spread', plug: spec.id },
      `the energy of an absence is spread evenly, without the history: ${why}`,
    );
    this.#book(held.readings, spec, device, []);
  }

  /** All at once: a crash must not find half of it written. */
  #book(readings: readonly Reading[], spec: PlugSpec, device: MeteredDevice, history: readonly CounterSample[]): void {
    this.#held.delete(spec.id);
    const settings = this.#settings(spec, device);
    const increments: EnergySlice[] = [];
    const notes: string[] = [];
    let state = this.#deps.meterOf(spec.id);
    const book = (reading: Reading) => {
      const metered = meter(state, reading, settings);
      state = metered.state;
      increments.push(...metered.increments);
      notes.push(...metered.notes);
    };
    for (const [index, reading] of readings.entries()) {
      if (history.length > 0) {
        // A plug that has just come back may know its counter a moment later.
        const fresh = { ...reading, counterWh: counterOf(readings.slice(index)) };
        const missed = backfill(state, fresh, history, settings);
        if (missed.ignored) notes.push(missed.ignored);
        for (const one of missed.readings) book(one);
      }
      book(reading);
    }
    for (const note of notes) this.#deps.log.warn({ event: 'meter-note', plug: spec.id }, note);
    this.#deps.booked(spec.id, state, increments);
  }

  #settings(spec: PlugSpec, device: MeteredDevice): MeterSettings {
    const { runId, labels } = this.#deps;
    return { runId, expectedIntervalMs: device.pollMs, maxWatts: spec.maxWatts, labels: labels() };
  }
}

/** The first counter that these readings know. */
function counterOf(readings: readonly Reading[]): number | null {
  return readings.find(({ counterWh }) => counterWh !== null)?.counterWh ?? null;
}
