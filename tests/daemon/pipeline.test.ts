import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Pipeline } from '../../daemon/pipeline.ts';
import { sliceWh } from '../../model/energy.ts';
import type { PlugSpec } from '../../model/plug.ts';
import type { CounterSample, Journal, PlugDevice } from '../../model/ports.ts';
import { plug } from '../support/fake-api-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FullableJournal } from '../support/fullable-journal.ts';
import { readingOf } from '../support/journal-batch.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

const log = pino({ level: 'silent' });
const PLUG: PlugSpec = plug({ id: 'light' });
const AWAY: PlugSpec = plug({ id: 'away' });
/** What the plug remembers; null while it does not answer. */
let remembered: CounterSample[] | null = [];
const DEVICE = {
  plug: 'light',
  adapter: 'told',
  pollMs: 10_000,
  history: () => (remembered ? Promise.resolve(remembered) : new Promise(() => {})),
} as unknown as PlugDevice;

describe('the pipeline', () => {
  const folder = tempFolder();
  let clock: FakeClock;
  let journal: FullableJournal;
  let pipeline: Pipeline;
  let run = 0;
  let path = '';

  const make = async () => {
    run += 1;
    journal = new FullableJournal(path, { clock });
    await journal.open();
    pipeline = new Pipeline({
      clock,
      log,
      journal: journal as Journal,
      runId: `run-${run}`,
      plugs: [AWAY, PLUG],
      devices: new Map([PLUG, AWAY].map(({ id }) => [id, DEVICE])),
      labels: () => [],
      powerLine: (reading) => `power watts=${reading.watts} ${reading.atMs}`,
      energyLine: (_spec, startMs, slices) => `energy wh=${slices.reduce((sum, s) => sum + sliceWh(s), 0)} ${startMs}`,
      pricing: async () => () => null,
      onFlushed: () => {},
    });
    await pipeline.start();
  };
  const read = (counterWh: number | null, plug = 'light') => {
    const now = { atMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    pipeline.reading(readingOf({ plug, watts: 360, counterWh, ...now }));
  };
  const booked = () => new Promise<void>((resolve) => setImmediate(resolve));
  const storedWh = async () => {
    const slices = await journal.slices(clock.nowMs() - 86_400_000, clock.nowMs() + 1);
    return slices.reduce((sum, slice) => sum + sliceWh(slice), 0);
  };

  beforeEach(async () => {
    remembered = [];
    clock = new FakeClock();
    path = join(folder, `journal-${run}.sqlite`);
    await make();
  });
  afterEach(async () => {
    await pipeline.stop();
    await journal.close();
  });

  test('what was metered is in the journal after a flush, and in memory at once', async () => {
    for (let wh = 100; wh <= 110; wh += 1, clock.jump(10_000)) read(wh);
    expect(pipeline.slices().reduce((sum, slice) => sum + sliceWh(slice), 0)).toBeCloseTo(10, 9);
    await pipeline.flush();
    expect(await storedWh()).toBeCloseTo(10, 9);
  });

  test('with a full disk nothing is lost: it waits, is told, and is written when there is room', async () => {
    read(100);
    clock.jump(10_000);
    journal.full = true;
    for (let wh = 101; wh <= 105; wh += 1, clock.jump(10_000)) {
      read(wh);
      await pipeline.flush();
    }
    expect(pipeline.trouble).toContain('no room');
    journal.full = false;
    read(106);
    await pipeline.flush();
    expect(pipeline.trouble).toBeNull();
    expect(await storedWh()).toBeCloseTo(6, 9);
    expect((await journal.outbox(100)).map(({ line }) => line).filter((line) => line.startsWith('power')).length).toBe(
      7,
    );
  });

  test('a flood is written without waiting for the next flush', async () => {
    for (let count = 0; count < 12_000; count += 1, clock.jump(1)) read(100 + count / 1000);
    await until('two full batches are written', async () => (await journal.pendingLines()) >= 10_000);
    await clock.advance(1000);
    await until('the rest is written', async () => (await journal.pendingLines()) === 12_000);
  });

  test('readings within one ms are each a point', async () => {
    for (const ms of [0.25, 0.5, 0.75]) {
      read(100);
      clock.jump(ms);
    }
    await pipeline.flush();
    expect(new Set((await journal.outbox(10)).map(({ line }) => line)).size).toBe(3);
  });

  test('a new run goes on from the counter of the last: what was gained in between is a gap', async () => {
    read(100);
    clock.jump(10_000);
    read(101);
    await pipeline.stop();
    await journal.close();
    clock.jump(3_600_000);
    await make();
    read(461);
    await booked();
    await pipeline.flush();
    expect(await storedWh()).toBeCloseTo(361, 9);
    const slices = await journal.slices(0, clock.nowMs() + 1);
    expect(slices.reduce((sum, slice) => sum + slice.gapWh, 0)).toBeCloseTo(360, 9);
  });

  test('a crash while another plug was away: the plugs that were read lose nothing, also without a counter', async () => {
    read(null, 'away');
    read(null);
    await pipeline.stop();
    await journal.close();
    await make();
    for (let count = 0; count < 5; count += 1, clock.jump(10_000)) read(null);
    await clock.advance(5000);
    await until('the first are booked', async () => (await storedWh()) > 3);
    for (let count = 0; count < 5; count += 1, clock.jump(10_000)) read(null);
    await clock.advance(5000);
    await until('all are written', async () => (await journal.unbooked()).length === 5);
    const inMemoryWh = pipeline.slices().reduce((sum, slice) => sum + sliceWh(slice), 0);
    await journal.close();
    await make();
    await pipeline.catchUp();
    expect(await storedWh()).toBeCloseTo(inMemoryWh, 9);
  });

  test('a crash between two bookings: the next run books what was read, to the last Wh', async () => {
    for (let wh = 100; wh <= 104; wh += 1, clock.jump(10_000)) read(wh);
    await pipeline.flush();
    for (let wh = 105; wh <= 109; wh += 1, clock.jump(10_000)) read(wh);
    await clock.advance(5000);
    await until('the first are booked', async () => (await storedWh()) > 8);
    for (let wh = 110; wh <= 113; wh += 1, clock.jump(10_000)) read(wh);
    await clock.advance(5000);
    await until('all are written', async () => (await journal.unbooked()).length === 4);
    const inMemoryWh = pipeline.slices().reduce((sum, slice) => sum + sliceWh(slice), 0);
    expect(await storedWh()).toBeCloseTo(9, 9);
    await journal.close();
    clock.jump(60_000);
    await make();
    await pipeline.catchUp();
    expect(await journal.unbooked()).toEqual([]);
    expect(await storedWh()).toBeCloseTo(inMemoryWh, 9);
    const slices = await journal.slices(0, clock.nowMs());
    expect(slices.reduce((sum, { gapWh }) => sum + gapWh, 0)).toBe(0);
  });

  test('what is kept is written when it has changed, and not with every flush', async () => {
    let value = 1;
    pipeline.keep('memory', () => ({ value }));
    const writes: string[][] = [];
    const write = journal.write.bind(journal);
    journal.write = (batch) => {
      writes.push(Object.keys(batch.state));
      return write(batch);
    };
    for (value of [1, 1, 2, 2]) {
      read(100);
      await clock.advance(5000);
      await pipeline.flush();
    }
    expect(await journal.state('memory')).toEqual({ value: 2 });
    expect(writes.filter((names) => names.includes('memory'))).toHaveLength(2);
  });

  test('a crash while a plug is asked what it drew: the next run asks again, and books it once', async () => {
    read(100);
    await pipeline.flush();
    await journal.close();
    clock.jump(4 * 3_600_000);
    await make();
    remembered = null;
    read(460);
    await pipeline.flush();
    await journal.close();
    clock.jump(60_000);
    await make();
    expect(await storedWh()).toBe(0);
    remembered = [{ atMs: clock.nowMs() - 3 * 3_600_000, counterWh: 460 }];
    read(461);
    await booked();
    await pipeline.flush();
    expect(await storedWh()).toBeCloseTo(361, 9);
    const late = await journal.slices(clock.nowMs() - 2.75 * 3_600_000, clock.nowMs());
    expect(late.reduce((sum, slice) => sum + sliceWh(slice), 0)).toBeLessThan(1);
    expect((await journal.outbox(10)).filter(({ line }) => line.startsWith('power'))).toHaveLength(3);
  });

  const energyPoints = async () =>
    (await journal.outbox(1000)).map(({ line }) => line).filter((line) => line.startsWith('energy'));
  const said = (what: string, count: number) =>
    until(what, async () => {
      await pipeline.flush();
      return (await energyPoints()).length === count;
    });

  test('the energy point of a quarter hour is said again when it has changed', async () => {
    read(100);
    clock.jump(10_000);
    read(101);
    await clock.advance(5000);
    await said('the first point', 1);
    expect(await energyPoints()).toEqual([expect.stringMatching(/^energy wh=1(\.0+\d*)? /)]);
    read(102);
    await clock.advance(121_000);
    await said('the second point', 2);
    expect((await energyPoints())[1]).toMatch(/^energy wh=2(\.0+\d*)? /);
  });

  test('a crash before the point was said: the next run says it, with all of the energy', async () => {
    read(100);
    clock.jump(10_000);
    read(101);
    await pipeline.flush();
    await journal.close();
    clock.jump(3 * 86_400_000);
    await make();
    await clock.advance(5000);
    await said('the point of the last run', 1);
    expect(await energyPoints()).toEqual([expect.stringMatching(/^energy wh=1(\.0+\d*)? /)]);
  });

  test('what happens after days away adds to the point of the quarter hour of the stop, and never shrinks it', async () => {
    read(100);
    clock.jump(50_000);
    read(105);
    await pipeline.stop();
    await journal.close();
    clock.jump(3 * 86_400_000);
    await make();
    read(200);
    await booked();
    await clock.advance(5000);
    await until('all points', async () => {
      await pipeline.flush();
      return (await energyPoints()).length > 200;
    });
    const last = new Map(
      (await energyPoints()).map((line) => [line.split(' ')[2], Number(/wh=([\d.]+)/.exec(line)?.[1])]),
    );
    expect([...last.values()].reduce((sum, wh) => sum + wh, 0)).toBeCloseTo(100, 6);
  });
});
