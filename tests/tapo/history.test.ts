import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { TapoMethods } from '../../adapters/simulator/tapo-device.ts';
import { counterHistory } from '../../adapters/tapo/history.ts';
import { type Answer, type Request, SmartProtocol } from '../../adapters/tapo/protocol.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import type { CounterSample } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { stripBench } from './strip-bench.ts';
import { bench } from './studio.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A P110 in a zone, from `startMs` on, with a load; asked without a network. */
function plugIn(zone: string, startMs: number, load: (monotonicMs: number) => number) {
  const clock = new FakeClock(startMs);
  const outlet = new SimulatedOutlet(clock, load);
  const methods = new TapoMethods(clock, outlet, { mac: '', model: 'P110', nickname: '', firmware: '' });
  methods.quirks = { ...methods.quirks, zone };
  const protocol = new SmartProtocol('plug', {
    send: async (request) => JSON.parse(methods.answer(request)),
    forgetSession: () => {},
  });
  const history = (fromMs: number, toMs = clock.nowMs()) =>
    counterHistory((requests) => protocol.query(requests), 'plug', zone, fromMs, toMs);
  return { clock, outlet, methods, history };
}

const shown = (samples: CounterSample[]) =>
  samples.map(({ atMs, counterWh }) => [new Date(atMs).toISOString(), counterWh]);

/** What the samples make when a counter is summed that starts anew at each fall. */
function summed(samples: CounterSample[]): number {
  return samples.reduce((sum, { counterWh }, at) => {
    const before = samples[at - 1]?.counterWh ?? counterWh;
    return sum + (counterWh >= before ? counterWh - before : counterWh);
  }, 0);
}

describe('the history of a plug', () => {
  it('is its counter at the ends of the hours, with both sides of midnight', async () => {
    const plug = plugIn('Europe/Paris', Date.UTC(2026, 10, 24, 19, 0), () => 100);
    plug.clock.jump(6.5 * HOUR_MS);
    // Since 20:00 local time; midnight is at 23:00 UTC.
    expect(shown(await plug.history(Date.UTC(2026, 10, 24, 20, 30)))).toEqual([
      ['2026-11-24T21:00:00.000Z', 200],
      ['2026-11-24T22:00:00.000Z', 300],
      ['2026-11-24T22:59:59.999Z', 400],
      ['2026-11-24T23:00:00.000Z', 0],
      ['2026-11-25T00:00:00.000Z', 100],
      ['2026-11-25T01:00:00.000Z', 200],
    ]);
  });

  it('ends a day with its exact total, though hours are whole watt-hours', async () => {
    const plug = plugIn('UTC', Date.UTC(2026, 10, 24), () => 10.9);
    plug.clock.jump(25 * HOUR_MS);
    const samples = await plug.history(Date.UTC(2026, 10, 24));
    expect(samples.find(({ atMs }) => atMs === Date.UTC(2026, 10, 24, 23))?.counterWh).toBe(230);
    expect(samples.find(({ atMs }) => atMs === Date.UTC(2026, 10, 25) - 1)?.counterWh).toBe(261);
  });

  it.each([
    ['Europe/Paris', '2026-03-28T23:00:00Z', 23],
    ['Europe/Paris', '2026-10-24T22:00:00Z', 25],
    ['Australia/Lord_Howe', '2026-04-04T13:00:00Z', 24.5],
    ['Australia/Lord_Howe', '2026-10-03T13:30:00Z', 23.5],
    ['America/St_Johns', '2026-11-01T02:30:00Z', 25],
    ['Pacific/Chatham', '2026-09-26T11:15:00Z', 23],
    ['Asia/Kolkata', '2026-05-01T18:30:00Z', 24],
  ])('knows that in %s the day from %s has %d hours', async (zone, midnight, hours) => {
    const startMs = Date.parse(midnight);
    const plug = plugIn(zone, startMs, () => 120);
    plug.clock.jump(26 * HOUR_MS);
    const samples = await plug.history(startMs);
    const end = samples.find(({ atMs }) => atMs === startMs + hours * HOUR_MS - 1);
    expect(end?.counterWh).toBe(120 * hours);
    expect(samples.filter(({ counterWh }) => counterWh === 0).map(({ atMs }) => atMs)).toEqual([
      startMs,
      startMs + hours * HOUR_MS,
    ]);
  });

  it('has hours for eight days, and the totals of the days before', async () => {
    const plug = plugIn('Europe/Paris', Date.UTC(2026, 10, 1, 23), () => 50);
    plug.clock.jump(20 * DAY_MS + 12 * HOUR_MS);
    const samples = await plug.history(Date.UTC(2026, 10, 1, 23));
    expect(samples.filter(({ atMs }) => atMs < Date.UTC(2026, 10, 14, 23))).toHaveLength(13 * 2);
    expect(samples.filter(({ atMs }) => atMs >= Date.UTC(2026, 10, 14, 23))).toHaveLength(7 * 25 + 13);
    expect(summed(samples)).toBe((20 * 24 + 12) * 50);
  });

  it('goes over the end of a quarter of the year', async () => {
    const plug = plugIn('Europe/Paris', Date.UTC(2026, 8, 29, 22), () => 50);
    plug.clock.jump(3 * DAY_MS);
    expect(summed(await plug.history(Date.UTC(2026, 8, 29, 22)))).toBe(3 * 24 * 50);
  });

  it('never says more than was drawn, nor less by more than what whole watt-hours hide, in any zone', async () => {
    const zones = ['Europe/Paris', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Chatham', 'UTC'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 365 * 24 }),
        fc.integer({ min: 30, max: 6 * 24 * 60 }),
        fc.array(fc.double({ min: 0, max: 3000, noNaN: true }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (zone, startHour, minutes, watts, powerData) => {
          const startMs = Date.UTC(2026, 0, 1) + startHour * HOUR_MS;
          const plug = plugIn(zone, startMs, (ms) => watts[Math.floor(ms / (7 * HOUR_MS)) % watts.length] ?? 0);
          plug.methods.quirks = { ...plug.methods.quirks, powerData };
          plug.clock.jump(minutes * 60_000);
          const samples = await plug.history(startMs);
          const times = samples.map(({ atMs }) => atMs);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          expect(new Set(times).size).toBe(times.length);
          expect(times.every((atMs) => atMs >= startMs && atMs <= plug.clock.nowMs())).toBe(true);
          const last = samples.at(-1);
          if (!last) return;
          // From midnight on, before the first sample too.
          const said = summed(samples) + (samples[0]?.counterWh ?? 0);
          const drawn = plug.outlet.wattHoursAt(last.atMs - startMs);
          const days = samples.filter(({ counterWh }) => counterWh === 0).length + 1;
          // Watts are rounded, for an hour at most.
          expect(said).toBeLessThanOrEqual(drawn + (powerData ? 0.51 : 0.01));
          expect(said).toBeGreaterThanOrEqual(drawn - 24 - 2 * days);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('tells the last twelve hours by 5 minutes where the firmware can, without changing what an hour drew', async () => {
    const startMs = Date.UTC(2026, 10, 24);
    // Ten minutes of each hour.
    const plug = plugIn('UTC', startMs, (ms) => ((ms / 60_000) % 60 < 10 ? 600 : 0));
    plug.methods.quirks = { ...plug.methods.quirks, powerData: true };
    plug.clock.jump(14 * HOUR_MS + 22 * 60_000);
    const samples = await plug.history(startMs);
    expect(samples.filter(({ atMs }) => atMs <= startMs + 3 * HOUR_MS).map(({ counterWh }) => counterWh)).toEqual([
      0, 100, 200, 300,
    ]);
    const minutes = (from: number) =>
      samples
        .filter(({ atMs }) => atMs > startMs + from * HOUR_MS && atMs <= startMs + (from + 1) * HOUR_MS)
        .map(({ atMs, counterWh }) => [(atMs - startMs) / 60_000 - from * 60, Math.round(counterWh) - from * 100]);
    expect(minutes(3)).toEqual([50, ...Array(11).fill(100)].map((wh, index) => [(index + 1) * 5, wh]));
    expect(minutes(14)).toEqual([50, 100, 100, 100].map((wh, index) => [(index + 1) * 5, wh]));
  });

  it.each([
    { data: [null, -1, 600] },
    { data: Array(145).fill(60) },
    { data: [-2] },
    { data: ['60'] },
    { data: Array(144).fill(60), start_timestamp: 7 },
    { data: Array(144).fill(60), interval: 60 },
  ])('is told by the hour where the 5 minutes are %j', async (power) => {
    const startMs = Date.UTC(2026, 10, 24);
    const ask = async ([request]: readonly Request[]): Promise<Map<string, Answer>> => {
      const { method, params } = request as { method: string; params: Record<string, unknown> };
      const data = params.interval === 60 ? [10, 20, 30] : [60];
      const result = { ...params, ...(method === 'get_power_data' ? power : { data }) };
      return new Map([[method, { code: 0, result }]]);
    };
    const samples = await counterHistory(ask, 'plug', 'UTC', startMs, startMs + 3 * HOUR_MS);
    expect(samples.map(({ counterWh }) => counterWh)).toEqual([0, 10, 30, 60]);
  });

  it('is empty when the plug keeps none or waits for its clock', async () => {
    const p110 = plugIn('UTC', Date.UTC(2026, 10, 24), () => 100);
    p110.clock.jump(5 * HOUR_MS);
    p110.methods.quirks = { ...p110.methods.quirks, clockUnset: true };
    expect(await p110.history(Date.UTC(2026, 10, 24))).toEqual([]);
    const p100 = await bench({ model: 'P100' });
    try {
      const plug = p100.client();
      expect(await plug.history(p100.clock.nowMs() - DAY_MS, p100.clock.nowMs())).toEqual([]);
      expect(p100.tapo.asked.get('get_energy_data')).toBeUndefined();
    } finally {
      await p100.close();
    }
  });

  it('comes from a single plug and from an outlet of a strip', async () => {
    const clock = new FakeClock();
    const strip = await stripBench('P304M', clock);
    const single = await bench();
    try {
      const fromMs = clock.nowMs();
      for (const each of [clock, single.clock]) each.jump(3 * HOUR_MS);
      expect((await strip.plug(3).history(fromMs, clock.nowMs())).at(-1)).toEqual({
        atMs: fromMs + 3 * HOUR_MS,
        counterWh: 90,
      });
      expect((await single.client().history(fromMs, single.clock.nowMs())).at(-1)).toEqual({
        atMs: fromMs + 3 * HOUR_MS,
        counterWh: 222,
      });
    } finally {
      await single.close();
      await strip.close();
    }
  });

  it.each([
    { data: [1, 2], start_timestamp: 5, interval: 60 },
    { data: [1, -2], start_timestamp: null, interval: 60 },
    { data: ['1'], interval: 60 },
    { data: 7 },
    {},
  ])('of %j is refused', async (result) => {
    const ask = async (requests: readonly Request[]): Promise<Map<string, Answer>> => {
      const [request] = requests;
      const params = typeof request === 'object' ? request.params : {};
      return new Map([['get_energy_data', { code: 0, result: { ...params, data: [], ...result } }]]);
    };
    const reply = counterHistory(ask, 'plug', 'UTC', Date.UTC(2026, 10, 24), Date.UTC(2026, 10, 24, 12));
    if (Object.keys(result).length === 0) expect(await reply).toEqual([]);
    else await expect(reply).rejects.toThrow(PlugProtocolError);
  });
});
