import pino from 'pino';
import { describe, expect, test } from 'vitest';
import type { Live } from '../../daemon/live.ts';
import { poll } from '../../daemon/poller.ts';
import { startPolling } from '../../daemon/polling.ts';
import type { Vitals } from '../../daemon/vitals.ts';
import { PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice } from '../../model/ports.ts';
import type { PlugTrouble } from '../../model/problems.ts';
import type { Reading } from '../../model/reading.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { seeded } from '../support/random.ts';

/** Polls a plug that answers as told and notes when it was asked. */
function polling(answer: () => Error | null, random = () => 0.5) {
  const clock = new FakeClock();
  const asked: number[] = [];
  const problems: (PlugTrouble | null)[] = [];
  let readings = 0;
  const abort = new AbortController();
  const wake = new EventTarget();
  const device = {
    plug: 'light',
    pollMs: 10_000,
    async read() {
      asked.push(clock.monotonicMs());
      const error = answer();
      if (error) throw error;
      return {} as Reading;
    },
  } as unknown as PlugDevice;
  const events = {
    reading: () => {
      readings += 1;
    },
    asked: (problem: PlugTrouble | null) => problems.push(problem),
  };
  const done = poll(device, { clock, random, log: pino({ level: 'silent' }), events, wake, plugs: 100 }, abort.signal);
  return {
    clock,
    asked,
    problems,
    wake: () => wake.dispatchEvent(new Event('wake')),
    readings: () => readings,
    async end() {
      abort.abort();
      await done;
    },
  };
}
const gaps = (times: number[]) => times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 1000));

describe('polling', () => {
  test('asks at its rate, a little jittered, and ends when told', async () => {
    const plug = polling(() => null, seeded(3));
    await plug.clock.advance(100_000);
    expect(plug.readings()).toBeGreaterThanOrEqual(9);
    for (const gap of gaps(plug.asked)) expect(Math.abs(gap - 10)).toBeLessThanOrEqual(1);
    await plug.end();
    const before = plug.asked.length;
    await plug.clock.advance(100_000);
    expect(plug.asked.length).toBe(before);
  });

  test('backs off from 3 s to a minute while the plug does not answer, and is back at once when it does', async () => {
    let away = true;
    const plug = polling(() => (away ? new PlugUnreachable('away') : null));
    await plug.clock.advance(2_000_000);
    expect(gaps(plug.asked).slice(0, 4)).toEqual([3, 6, 12, 24]);
    expect(Math.max(...gaps(plug.asked))).toBeLessThanOrEqual(63);
    away = false;
    await plug.clock.advance(320_000);
    expect(plug.problems.at(-1)).toBeNull();
    await plug.end();
  });

  test('is woken out of a back-off when a live begins', async () => {
    const plug = polling(() => new PlugUnreachable('away'));
    await plug.clock.advance(1_000_000);
    const before = plug.asked.length;
    plug.wake();
    await plug.clock.advance(1);
    expect(plug.asked.length).toBe(before + 1);
    await plug.end();
  });

  test('garbage is told and asked again at the ordinary rate, and less and less often when it goes on', async () => {
    const plug = polling(() => new PlugProtocolError('garbage'));
    await plug.clock.advance(600_000);
    expect(gaps(plug.asked).slice(0, 6)).toEqual([10, 10, 12, 24, 48, 60]);
    expect(plug.problems.at(-1)).toEqual({ code: 'plug-unreadable', text: 'garbage' });
    expect(plug.readings()).toBe(0);
    await plug.end();
  });

  test('a refusal is looked at again only every five minutes', async () => {
    const plug = polling(() => new PlugAuthRefused('wrong password'));
    await plug.clock.advance(1_000_000);
    expect(plug.asked.length).toBeLessThanOrEqual(5);
    await plug.end();
  });
});

test('many plugs that are away are no leak to Node, and are all asked when woken', async () => {
  const clock = new FakeClock();
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const asked: string[] = [];
  const away = (_: unknown, index: number): [string, PlugDevice] => {
    const plug = `plug-${index}`;
    const read = async () => {
      asked.push(plug);
      throw new PlugUnreachable('away');
    };
    return [plug, { plug, pollMs: 2000, start: async () => {}, read } as unknown as PlugDevice];
  };
  const live = { gone: () => {}, trouble: () => {}, asked: () => {} } as unknown as Live;
  const polling = startPolling(new Map(Array.from({ length: 30 }, away)), {
    ...{ clock, random: seeded(1), log: pino({ level: 'silent' }), live, onReading: () => {}, offline: () => {} },
    vitals: { watch: () => () => {} } as unknown as Vitals,
  });
  await clock.advance(2000);
  asked.length = 0;
  polling.wake();
  await clock.advance(1);
  expect(new Set(asked).size).toBe(30);
  await polling.stop();
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
