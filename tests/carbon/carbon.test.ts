import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { SqliteJournal } from '../../adapters/journal/index.ts';
import { Carbon } from '../../daemon/carbon.ts';
import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { batchOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const T0 = Date.UTC(2026, 10, 24, 12);
const AVERAGE: IntensityPoint = {
  zone: 'FR',
  startMs: T0,
  endMs: T0,
  gramsPerKwh: 51.9,
  factorType: 'lifecycle',
  basis: 'consumption',
  status: 'static',
  provider: 'static-ademe-2021-2024',
  fetchedAtMs: T0,
};

/** A provider whose every word is scripted. */
class Told implements IntensitySource {
  readonly provider: string;
  readonly #clock: FakeClock;
  /** Grams by slot start. */
  grams = new Map<number, number>();
  failure: Error | null = null;
  /** Of every slot; null: it gives no mix. */
  lowCarbonShare: number | null = null;
  readonly asked: { fromMs: number; toMs: number }[] = [];
  expected: number[] | null = null;
  forecasts = 0;

  constructor(provider: string, clock: FakeClock) {
    this.provider = provider;
    this.#clock = clock;
  }

  tell(startMs: number, ...grams: number[]): void {
    for (const [index, value] of grams.entries()) this.grams.set(startMs + index * QUARTER_HOUR_MS, value);
  }

  fail(): void {
    this.failure = new IntensityUnavailable(`${this.provider} is down`);
  }

  async fetch(fromMs: number, toMs: number): Promise<IntensityPoint[]> {
    this.asked.push({ fromMs, toMs });
    if (this.failure) throw this.failure;
    return [...this.grams]
      .filter(([startMs]) => startMs < toMs && startMs + QUARTER_HOUR_MS > fromMs)
      .sort(([a], [b]) => a - b)
      .map(([startMs, gramsPerKwh]) => this.#point(startMs, gramsPerKwh, 'estimated'));
  }

  async forecast(fromMs: number): Promise<IntensityPoint[]> {
    this.forecasts += 1;
    if (!this.expected) throw new IntensityUnavailable('no forecast');
    return this.expected.map((grams, index) => this.#point(fromMs + index * QUARTER_HOUR_MS, grams, 'forecast'));
  }

  #point(startMs: number, gramsPerKwh: number, status: IntensityPoint['status']): IntensityPoint {
    const { provider } = this;
    const endMs = startMs + QUARTER_HOUR_MS;
    const fetchedAtMs = this.#clock.nowMs();
    const mix = this.lowCarbonShare === null ? {} : { lowCarbonShare: this.lowCarbonShare };
    return { ...AVERAGE, basis: 'production', startMs, endMs, gramsPerKwh, status, provider, fetchedAtMs, ...mix };
  }
}

describe("the grid's carbon intensity", () => {
  const folder = tempFolder();
  const opened: SqliteJournal[] = [];
  let clock: FakeClock;
  let first: Told;
  let second: Told;
  let carbon: Carbon;
  let news: IntensityPoint[];

  const open = async () => {
    const journal = new SqliteJournal(join(folder, `${opened.length}.sqlite`), { clock: new FakeClock(T0) });
    await journal.open();
    opened.push(journal);
    return journal;
  };
  const make = (journal: SqliteJournal) =>
    new Carbon({
      clock,
      log: pino({ level: 'silent' }),
      journal,
      sources: [first, second],
      factorType: 'lifecycle',
      fallback: AVERAGE,
      marginal: null,
      onPoints: (points) => news.push(...points),
    });
  /** What the journal holds from before. */
  const remember = async (...flushes: IntensityPoint[]) => {
    const journal = await open();
    for (const point of flushes) await journal.write(batchOf({ intensities: [point] }));
    carbon = make(journal);
  };

  let empty: SqliteJournal;
  beforeAll(async () => {
    empty = await open();
  });
  beforeEach(() => {
    clock = new FakeClock(T0 + 60_000);
    first = new Told('first', clock);
    second = new Told('second', clock);
    news = [];
    carbon = make(empty);
  });
  afterEach(() => carbon.stop());
  afterAll(() => Promise.all(opened.map((journal) => journal.close())));

  /** Starts and waits for the first round of questions. */
  const start = async (last: Told = first) => {
    await carbon.start();
    await until('the providers are asked', () => last.asked.length === 1);
    await clock.advance(0);
  };

  test('is that of the first provider, and the second is not asked', async () => {
    first.tell(T0, 30);
    await start();
    expect(carbon.now()).toMatchObject({ gramsPerKwh: 30, provider: 'first' });
    expect(second.asked).toEqual([]);
    expect(carbon.problems).toEqual([]);
  });

  test.each([
    ['fails', () => first.fail()],
    ['has nothing', () => {}],
    ['is more than two hours late', () => first.tell(T0 - 3 * HOUR_MS, 29)],
  ])('is that of the second where the first %s', async (_, befall) => {
    befall();
    second.tell(T0, 60);
    await start(second);
    expect(carbon.now()).toMatchObject({ gramsPerKwh: 60, provider: 'second' });
    expect(carbon.problems).toEqual([]);
  });

  test('is the yearly average where all fail, and says why; the last good value keeps its time', async () => {
    first.fail();
    second.tell(T0 - 5 * HOUR_MS, 61);
    await start(second);
    expect(carbon.now()).toMatchObject({ gramsPerKwh: 51.9, status: 'static' });
    expect(carbon.problems).toEqual(['first is down; second is late: its last value ends at 2026-11-24T07:15:00.000Z']);
    expect(carbon.lastGood()).toMatchObject({ gramsPerKwh: 61, provider: 'second', startMs: T0 - 5 * HOUR_MS });
  });

  test('is the last good value for two hours, as an estimate of the slot that it is from', async () => {
    first.tell(T0, 30);
    await start();
    first.fail();
    await clock.advance(HOUR_MS);
    expect(carbon.now()).toMatchObject({ gramsPerKwh: 30, status: 'estimated', heldFromMs: T0 });
  });

  test('is asked for a day at first, then for what is new; again for a day each hour and for a week each day', async () => {
    for (let n = 0; n < 300; n++) first.tell(T0 + n * QUARTER_HOUR_MS, 30);
    await start();
    const hoursBack = () => first.asked.map(({ fromMs, toMs }) => (toMs - fromMs) / HOUR_MS);
    expect(hoursBack()).toEqual([24]);
    await clock.advance(HOUR_MS);
    expect(hoursBack()).toEqual([24, 3, 3, 3, 24]);
    first.asked.length = 0;
    await clock.advance(47 * HOUR_MS);
    expect(hoursBack().filter((hours) => hours === 168)).toHaveLength(2);
    expect(hoursBack().filter((hours) => hours === 24)).toHaveLength(45);
    expect(hoursBack()).toHaveLength(47 * 4);
  });

  test('after an absence is asked for as far back as what is missing, at most a week', async () => {
    await remember({ ...AVERAGE, ...slotOf(T0 - 72 * HOUR_MS), status: 'measured', provider: 'first' });
    first.tell(T0, 30);
    await start();
    expect(first.asked[0]?.fromMs).toBe(T0 + QUARTER_HOUR_MS - 168 * HOUR_MS);
  });

  test('that is restated is news, that is said again is none', async () => {
    first.tell(T0 - QUARTER_HOUR_MS, 30, 31);
    await start();
    first.tell(T0, 32);
    news = [];
    await clock.advance(QUARTER_HOUR_MS);
    expect(news).toMatchObject([{ startMs: T0, gramsPerKwh: 32 }]);
  });

  test('has its low-carbon share again after a start, though the journal does not keep it', async () => {
    await remember({ ...AVERAGE, ...slotOf(T0), gramsPerKwh: 30, status: 'estimated', provider: 'first' });
    first.tell(T0, 30);
    first.lowCarbonShare = 0.95;
    await start();
    expect(carbon.now()).toMatchObject({ gramsPerKwh: 30, lowCarbonShare: 0.95 });
    expect(news).toEqual([]);
  });

  test('that jumps is held and told until the next slot confirms it', async () => {
    first.tell(T0 - QUARTER_HOUR_MS, 30, 120);
    await start();
    expect(carbon.now()).toMatchObject({ gramsPerKwh: 30, status: 'estimated', heldFromMs: T0 - QUARTER_HOUR_MS });
    expect(carbon.problems).toEqual([
      'first says 120.0 g/kWh for 2026-11-24T12:00:00.000Z, more than three times off the value before: held until the next one confirms it',
    ]);
    first.tell(T0 + QUARTER_HOUR_MS, 118);
    await clock.advance(QUARTER_HOUR_MS);
    expect(carbon.now()).toMatchObject({ gramsPerKwh: 118 });
    expect(carbon.price(T0)).toMatchObject({ gramsPerKwh: 120 });
    expect(carbon.problems).toEqual([]);
  });

  test('that jumped for one slot only is never believed', async () => {
    first.tell(T0 - QUARTER_HOUR_MS, 30, 900, 31);
    await start();
    await clock.advance(QUARTER_HOUR_MS);
    expect(carbon.price(T0)).toMatchObject({ gramsPerKwh: 30, heldFromMs: T0 - QUARTER_HOUR_MS });
    expect(carbon.now()).toMatchObject({ gramsPerKwh: 31 });
    expect(carbon.problems).toEqual([]);
  });

  test('of former times is priced with the provider of that time, never with the other factor type', async () => {
    const old = { ...AVERAGE, ...slotOf(T0 - 1000 * HOUR_MS), status: 'measured' as const };
    await remember(
      { ...old, provider: 'gone', gramsPerKwh: 44 },
      { ...old, provider: 'first-direct', factorType: 'direct' },
    );
    const price = await carbon.pricingOf(old.startMs, old.endMs);
    expect(price(old.startMs)).toMatchObject({ provider: 'gone', gramsPerKwh: 44 });
  });

  test('as it was known at a moment can be told again', async () => {
    const said = { ...AVERAGE, ...slotOf(T0), status: 'estimated', provider: 'first' } as const;
    await remember({ ...said, gramsPerKwh: 30 }, { ...said, gramsPerKwh: 33, fetchedAtMs: T0 + HOUR_MS });
    const then = await carbon.pricingKnownAt(T0, T0 + 1, T0 + 1);
    const now = await carbon.pricingOf(T0, T0 + 1);
    expect([then(T0)?.gramsPerKwh, now(T0)?.gramsPerKwh]).toEqual([30, 33]);
  });

  test('is forecast by the first that can, asked at most once an hour, and prices nothing', async () => {
    second.expected = [70, 71, 72];
    await start();
    const forecast = () => carbon.forecast(clock.nowMs(), clock.nowMs() + 2 * QUARTER_HOUR_MS);
    expect(await forecast()).toMatchObject([
      { gramsPerKwh: 70, status: 'forecast', provider: 'second' },
      { gramsPerKwh: 71 },
    ]);
    await forecast();
    expect([first.forecasts, second.forecasts]).toEqual([1, 1]);
    expect(carbon.now()).toMatchObject({ status: 'static' });
    expect(news).toEqual([]);
    await clock.advance(HOUR_MS);
    await forecast();
    expect(second.forecasts).toBe(2);
  });

  test('that nobody forecasts is null, and asked again after two minutes', async () => {
    expect(await carbon.forecast(T0, T0 + HOUR_MS)).toBeNull();
    await carbon.forecast(T0, T0 + HOUR_MS);
    expect(second.forecasts).toBe(1);
    await clock.advance(120_000);
    await carbon.forecast(T0, T0 + HOUR_MS);
    expect(second.forecasts).toBe(2);
  });
});

function slotOf(startMs: number): { startMs: number; endMs: number } {
  return { startMs, endMs: startMs + QUARTER_HOUR_MS };
}
