import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { expect } from 'vitest';
import { type InfluxSettings, InfluxSink } from '../../adapters/influx/index.ts';
import { energyLine, powerLine } from '../../adapters/influx/line-protocol.ts';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { metricsWriter } from '../../api/metrics.ts';
import { systemClock } from '../../daemon/clock.ts';
import { readingMetrics } from '../../daemon/metrics.ts';
import { Pipeline } from '../../daemon/pipeline.ts';
import { footprint } from '../../model/emissions.ts';
import { QUARTER_HOUR_MS, sliceWh } from '../../model/energy.ts';
import type { PlugSpec } from '../../model/plug.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { FakeStudio } from '../support/fake-api-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fastClock } from '../support/fast-clock.ts';
import { type Books, balanced, readMetrics } from './books.ts';
import { influxEnergy, influxReadings } from './influx-query.ts';

const log = pino({ level: 'silent' });
const STUDIO = 'faults';
const DELIVERY_PATIENCE_MS = 200_000;

interface Settings {
  plugs: number;
  /** Where the journal is. */
  path: string;
  maxBytes?: number;
  /** Where InfluxDB is, or will be. */
  influxUrl: string;
  startMs?: number;
}

/**
 * Plugs that count what they deliver, the daemon's pipeline, a real journal and the real way to InfluxDB, without the
 * network of the plugs: a day passes in seconds. Everything that is measured can be compared with what was delivered.
 */
export class MeteredStudio {
  readonly clock: FakeClock;
  readonly database = `db-${randomUUID()}`;
  readonly #settings: Settings;
  /** Real servers answer in real time; time-outs of ten seconds pass in one. */
  readonly #sinkClock = fastClock(10);
  readonly #specs: PlugSpec[];
  readonly #outlets: Map<string, SimulatedOutlet>;
  /** The counters when they were first and last read, Wh. */
  readonly #firstWh = new Map<string, number>();
  readonly #lastWh = new Map<string, number>();
  #journal: SqliteJournal;
  #pipeline: Pipeline;
  #sink: InfluxSink;
  #runs = 0;
  /** What InfluxDB had when the journal was lost, Wh by plug. */
  #beforeLoss = new Map<string, number>();

  private constructor(settings: Settings) {
    this.#settings = settings;
    this.clock = new FakeClock(settings.startMs);
    this.#specs = Array.from({ length: settings.plugs }, (_, index) => specOf(`plug-${index}`));
    this.#outlets = new Map(
      this.#specs.map(({ id }, index) => [
        id,
        new SimulatedOutlet(this.clock, (ms) => 20 + index * 3 + 40 * (Math.floor(ms / 600_000) % 4)),
      ]),
    );
    [this.#journal, this.#pipeline, this.#sink] = this.#make();
  }

  /** Started, with the plugs not yet read. */
  static async start(settings: Settings): Promise<MeteredStudio> {
    const studio = new MeteredStudio(settings);
    await studio.#open();
    return studio;
  }

  get pipeline(): Pipeline {
    return this.#pipeline;
  }

  get journal(): SqliteJournal {
    return this.#journal;
  }

  /** `seconds` pass, and every plug is read each `stepSeconds`; what is read is on the disk two minutes later. */
  async run(seconds: number, stepSeconds = 10): Promise<void> {
    for (let passed = 0; passed < seconds; passed += stepSeconds) {
      await this.clock.advance(stepSeconds * 1000);
      this.read();
      // The disk takes real time: the clock must not run away from it.
      if (passed % 120 === 0) await this.#pipeline.flush();
    }
    await this.#pipeline.flush();
  }

  read(): void {
    for (const [plug, outlet] of this.#outlets) {
      const counterWh = outlet.wattHours;
      if (!this.#firstWh.has(plug)) this.#firstWh.set(plug, counterWh);
      this.#lastWh.set(plug, counterWh);
      this.#pipeline.reading({
        ...{ plug, atMs: this.clock.nowMs(), monotonicMs: this.clock.monotonicMs(), watts: outlet.watts, counterWh },
        ...{ relay: true, volts: 230, amps: null, celsius: null, flags: [], feed: 'polled' },
      });
    }
  }

  /** Stops as on SIGTERM and starts again `awaySeconds` later. The plugs go on. */
  async restart(awaySeconds: number): Promise<void> {
    await this.stop();
    this.clock.jump(awaySeconds * 1000);
    await this.startAgain();
  }

  async startAgain(): Promise<void> {
    [this.#journal, this.#pipeline, this.#sink] = this.#make();
    await this.#open();
  }

  /** Starts with a journal that knows nothing of before, in another quarter hour: what was delivered stays as it is. */
  async startAfterLoss(): Promise<void> {
    this.clock.jump(QUARTER_HOUR_MS);
    this.#beforeLoss = await influxEnergy(this.#settings.influxUrl, this.database);
    this.#firstWh.clear();
    await this.startAgain();
  }

  async stop(): Promise<void> {
    await this.#pipeline.stop();
    await this.#sink.stop();
    await this.#journal.close();
  }

  /** Says the energy of every quarter hour, and waits until InfluxDB has all that it will ever get. */
  async deliver(): Promise<void> {
    await this.#pipeline.stop();
    const giveUpAtMs = systemClock.monotonicMs() + DELIVERY_PATIENCE_MS;
    for (;;) {
      const { pending } = await this.#journal.accounts();
      if (pending === 0 && this.#sink.status().pendingPoints === 0) return;
      if (systemClock.monotonicMs() > giveUpAtMs) throw new Error(`${pending} points were not delivered`);
      this.#sink.poke();
      await systemClock.sleep(20);
    }
  }

  /** From `/metrics`, as the daemon writes it. */
  books(): Books {
    const api = new FakeStudio(this.clock);
    api.influx = this.#sink.status();
    const metrics = () => readingMetrics(this.#pipeline.readings);
    return balanced(readMetrics(metricsWriter(Object.assign(api, { metrics }))()));
  }

  /** Wh by plug that the plugs counted between their first and their last reading. */
  countedWh(): Map<string, number> {
    return new Map([...this.#lastWh].map(([plug, wh]) => [plug, wh - (this.#firstWh.get(plug) ?? 0)]));
  }

  /** Wh by plug in the journal, whatever the clock said when it was drawn. */
  async journalWh(): Promise<Map<string, number>> {
    const slices = await this.#journal.slices(-QUARTER_HOUR_MS, Number.MAX_SAFE_INTEGER);
    const byPlug = Map.groupBy(slices, ({ plug }) => plug);
    return new Map([...byPlug].map(([plug, own]) => [plug, own.reduce((sum, slice) => sum + sliceWh(slice), 0)]));
  }

  /** Energy in InfluxDB = energy in the journal = the plugs' counters. */
  async expectSameEnergyEverywhere(): Promise<void> {
    const [counted, kept] = [this.countedWh(), await this.journalWh()];
    const delivered = await influxEnergy(this.#settings.influxUrl, this.database);
    for (const [plug, wh] of counted) {
      expect(kept.get(plug), `${plug} in the journal`).toBeCloseTo(wh, 6);
      expect(delivered.get(plug), `${plug} in InfluxDB`).toBeCloseTo(wh + (this.#beforeLoss.get(plug) ?? 0), 6);
    }
  }

  readingsInInflux(): Promise<number> {
    return influxReadings(this.#settings.influxUrl, this.database);
  }

  #make(): [SqliteJournal, Pipeline, InfluxSink] {
    const { path, maxBytes, influxUrl } = this.#settings;
    const clock = this.clock;
    const journal = new SqliteJournal(path, { clock, ...(maxBytes !== undefined && { maxBytes }) });
    const settings: InfluxSettings = {
      ...{
        flavour: 1,
        url: influxUrl,
        database: this.database,
        retention: 'INF',
        gzip: false,
        studio: 's',
        timeZone: 'UTC',
      },
    };
    const sink = new InfluxSink(settings, { journal, clock: this.#sinkClock, random: () => 0, log });
    const tagsOf = ({ id, kind }: PlugSpec) => ({ plug: id, kind, studio: STUDIO });
    this.#runs += 1;
    const pipeline = new Pipeline({
      ...{ clock, log, journal, runId: `run-${this.#runs}`, plugs: this.#specs },
      devices: new Map(this.#specs.map(({ id }) => [id, { plug: id, pollMs: 10_000 } as PlugDevice])),
      labels: () => [],
      powerLine: (reading) =>
        powerLine(reading, { plug: reading.plug, kind: 'light', studio: STUDIO, adapter: 'told' }),
      energyLine: (spec, startMs, slices, price) =>
        energyLine(tagsOf(spec), startMs, footprint(slices, price, QUARTER_HOUR_MS)),
      pricing: async () => () => null,
      onFlushed: () => sink.poke(),
    });
    return [journal, pipeline, sink];
  }

  async #open(): Promise<void> {
    await this.#journal.open();
    await this.#pipeline.start();
    await this.#sink.start();
  }
}

function specOf(id: string): PlugSpec {
  return {
    ...{ id, name: id, kind: 'light', essential: true, idleWatts: null, maxWatts: 3680 },
    ...{ quietSeconds: 0, minOnSeconds: 0, minOffSeconds: 0, staleAfterMs: 30_000 },
  };
}
