import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IntensityUnavailable } from '../../model/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { GridStub } from '../support/grid-stub.ts';
import { until } from '../support/until.ts';
import { GRID_CASES, type Told } from './grid-cases.ts';

const HOUR_MS = 3_600_000;
/** An hour after the end of the day on which the clocks go back. */
const NOW = Date.UTC(2026, 9, 26, 0);
const FROM = NOW - 6 * HOUR_MS;

describe.each(GRID_CASES)('$name', (grid) => {
  let clock: FakeClock;
  let stub: GridStub;
  let source: ReturnType<typeof grid.make>;
  beforeEach(async () => {
    clock = new FakeClock(NOW);
    stub = new GridStub();
    source = grid.make(clock, await stub.start());
  });
  afterEach(() => stub.stop());

  /** Slots from FROM on. */
  const slots = (...values: unknown[]): Told[] =>
    values.map((value, index) => ({ startMs: FROM + index * grid.slotMs, value }));
  const say = (told: Told[]) => {
    stub.reply = (url) => grid.answer(told, url);
  };
  const fetched = async () => {
    const points = source.fetch(FROM, NOW);
    // Some keep a distance between requests.
    await clock.advance(1000);
    return points;
  };
  const starts = async () => (await fetched()).map(({ startMs }) => (startMs - FROM) / grid.slotMs);

  test('each slot is a point with its interval, and of the number told', async () => {
    say(slots(40, 50));
    const points = await fetched();
    expect(points.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [FROM, FROM + grid.slotMs],
      [FROM + grid.slotMs, FROM + 2 * grid.slotMs],
    ]);
    const [first, second] = points.map(({ gramsPerKwh }) => gramsPerKwh);
    if (grid.isDirectNumber) expect([first, second]).toEqual([40, 50]);
    else expect(second).toBeGreaterThan(first ?? Number.NaN);
  });

  test.each([
    ['null', null],
    ['absent', undefined],
    ['ND', 'ND'],
    ['negative', -5],
  ])('a value that is %s is left out, the others stay', async (kind, value) => {
    say(slots(40, value, 50));
    // A source that takes power instead of giving it gives none.
    const stays = kind === 'negative' && !grid.isDirectNumber;
    expect(await starts()).toEqual(stays ? [0, 1, 2] : [0, 2]);
  });

  test('zero is a value', async () => {
    say(slots(0));
    const [point] = await fetched();
    expect(point).toBeDefined();
    if (grid.isDirectNumber) expect(point?.gramsPerKwh).toBe(0);
  });

  test('a slot that has not begun is left out', async () => {
    say([...slots(40), { startMs: NOW + grid.slotMs, value: 45 }, { startMs: NOW + 2 * grid.slotMs, value: null }]);
    expect(await starts()).toEqual([0]);
  });

  test('slots may come twice and in any order', async () => {
    const [a, b, c] = slots(40, 41, 42);
    say([c, b, b, a].filter((told) => told !== undefined));
    expect(await starts()).toEqual([0, 1, 2]);
  });

  test.each([
    ['shorter', Date.UTC(2026, 2, 28, 23), 23],
    ['longer', Date.UTC(2026, 9, 24, 22), 25],
  ])('a day that is an hour %s has all its slots', async (_, fromMs, hours) => {
    const toMs = fromMs + hours * HOUR_MS;
    const count = (hours * HOUR_MS) / grid.slotMs;
    say(Array.from({ length: count }, (__, n) => ({ startMs: fromMs + n * grid.slotMs, value: 40 })));
    const points = source.fetch(fromMs, toMs);
    await clock.advance(1000);
    expect((await points).map(({ startMs }) => startMs)).toEqual(
      Array.from({ length: count }, (__, n) => fromMs + n * grid.slotMs),
    );
  });

  test('a value that is restated is the new one at the next call', async () => {
    say(slots(40));
    const [first] = await fetched();
    say(slots(60).map((told) => ({ ...told, updatedMs: NOW })));
    const [second] = await fetched();
    expect(second?.startMs).toBe(first?.startMs);
    expect(second?.gramsPerKwh).toBeGreaterThan(first?.gramsPerKwh ?? Number.NaN);
  });

  test.runIf(grid.tellsStatus)('what was estimated becomes measured', async () => {
    say(slots(40));
    expect(await fetched()).toMatchObject([{ status: 'estimated' }]);
    say(slots(40).map((told) => ({ ...told, measured: true })));
    expect(await fetched()).toMatchObject([{ status: 'measured' }]);
  });

  test.runIf(grid.wrongZone)('an answer for another zone is refused', async () => {
    const [from, to] = grid.wrongZone ?? ['', ''];
    stub.reply = (url) => {
      const { body } = grid.answer(slots(40), url);
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return { body: text.replaceAll(new RegExp(from, 'g'), to) };
    };
    await expect(source.fetch(FROM, NOW)).rejects.toThrow(IntensityUnavailable);
  });

  test.runIf(grid.forecast)('a forecast that ends early gives what there is, all of it as forecast', async () => {
    const told = [1, 2, 3].map((n) => ({ startMs: NOW + n * grid.slotMs, value: 40 + n }));
    stub.reply = (url) => grid.forecast?.(told, url) ?? {};
    const points = (await source.forecast?.(NOW, NOW + 48 * HOUR_MS)) ?? [];
    expect(points.map(({ gramsPerKwh, status }) => [gramsPerKwh, status])).toEqual([
      [41, 'forecast'],
      [42, 'forecast'],
      [43, 'forecast'],
    ]);
    expect(points[0]?.startMs).toBe(NOW + grid.slotMs);
  });

  test('whatever a server that fails answers, it is no value, and the reason is told', async () => {
    // Once its plan or login is known.
    say(slots(40));
    await fetched();
    const replies = [
      [{ status: 503, body: '<html>Maintenance</html>' }, 'it answered 503'],
      [{ status: 200, body: '{"zone":"FR","history":[{"carbon' }, 'is no'],
      [{ status: 200, body: '<html>Hotel</html>' }, /is no|is a html/],
      [{ status: 200, body: 'null' }, /has no value for us/],
      [{ status: 302, headers: { location: 'http://127.0.0.1:1/' }, body: '' }, 'it answered 302'],
      [{ status: 200, body: 'x'.repeat(9_000_000) }, 'larger than'],
    ] as const;
    for (const [reply, why] of replies) {
      stub.reply = () => reply;
      const failure = await fetched().catch((error) => error);
      expect(failure).toBeInstanceOf(IntensityUnavailable);
      expect(failure.message).toMatch(why);
    }
  });

  test.each([
    ['in seconds', '90', 90_000],
    ['as a date', new Date(NOW + 120_000).toUTCString(), 120_000],
  ])('429 with Retry-After %s is obeyed: until then it is not asked at all', async (_, header, restMs) => {
    stub.reply = () => ({ status: 429, headers: { 'retry-after': header }, body: '' });
    const failure = await source.fetch(FROM, NOW).catch((error) => error);
    expect(failure).toBeInstanceOf(IntensityUnavailable);
    expect(failure.restMs).toBe(restMs);
    await clock.advance(restMs - 1);
    await expect(source.fetch(FROM, NOW)).rejects.toThrow('429');
    expect(stub.requests).toHaveLength(1);
    await clock.advance(1);
    say(slots(40));
    expect(await fetched()).toHaveLength(1);
  });

  test('a server that takes 35 s is given up after 15 s', async () => {
    stub.reply = () => 'hang';
    const failed = expect(source.fetch(FROM, NOW)).rejects.toThrow('no answer within 15 s');
    await until('the request arrives', () => stub.requests.length === 1);
    await clock.advance(15_000);
    await failed;
  });

  test('a server that is not there is told, and no secret with it', async () => {
    stub.stop();
    const failure = await source.fetch(FROM, NOW).catch((error) => error);
    expect(failure).toBeInstanceOf(IntensityUnavailable);
    expect(failure.message).toContain('ECONNREFUSED');
    expect(failure.message).not.toContain('s3cret');
  });

  test('a secret that the provider repeats is not passed on', async () => {
    stub.reply = () => ({ status: 500, body: { message: 'no rights for s3cret' } });
    const failure = await source.fetch(FROM, NOW).catch((error) => error);
    expect(failure.message).toContain('500');
    if (/Electricity|ENTSO/.test(grid.name)) expect(failure.message).toContain('no rights for ***');
  });

  test('a fetch that is aborted ends with the reason of the abort', async () => {
    stub.reply = () => 'hang';
    const abort = new AbortController();
    const failed = expect(source.fetch(FROM, NOW, abort.signal)).rejects.toThrow('shutting down');
    await until('the request arrives', () => stub.requests.length === 1);
    abort.abort(new Error('shutting down'));
    await failed;
  });
});
