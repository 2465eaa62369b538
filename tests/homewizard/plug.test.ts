import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homewizardAdapter } from '../../adapters/homewizard/index.ts';
import { parseConfig } from '../../config/load.ts';
import { CommandExpired, PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { meter, NEW_METER } from '../../model/meter.ts';
import { type Bench, bench, MAC } from './bench.ts';

let at: Bench;
beforeEach(async () => {
  at = await bench();
});
afterEach(() => at.socket.stop());

const soon = () => at.clock.monotonicMs() + 10_000;
const lie = (path: string, answer: unknown) => at.socket.behave({ lies: { [path]: JSON.stringify(answer) } });

describe('what an Energy Socket measures', () => {
  test("is read as the maker's documentation shows it, kWh as Wh", async () => {
    lie('/api/v1/data', {
      ...{ wifi_ssid: 'My Wi-Fi', wifi_strength: 100, total_power_import_kwh: 30.511, total_power_export_kwh: 85.951 },
      ...{ active_power_w: 543.312, active_voltage_v: 231.539, active_current_a: 2.346, active_frequency_hz: 50.005 },
    });
    expect(await at.plug.read()).toMatchObject({
      ...{ watts: 543.312, counterWh: 30_511, volts: 231.539, amps: 2.346, celsius: null, relay: true, feed: 'polled' },
    });
    expect(at.plug.about?.()).toEqual({ model: 'HWE-SKT', firmware: '4.09' });
    expect(await at.plug.checkUp?.()).toMatchObject({ model: 'HWE-SKT', firmware: '4.09', clockAheadMs: null });
  });

  test('is the true energy of a day, without the noise of binary fractions', async () => {
    for (let hour = 1; hour <= 24; hour += 1) {
      await at.clock.advance(3_600_000);
      expect((await at.plug.read()).counterWh).toBe(100 * hour);
    }
  });

  test('is negative watts and no energy while what hangs on it feeds back', async () => {
    let state = NEW_METER;
    let bookedWh = 0;
    for (const [feedsBackWatts, exportKwh] of [
      [0, 0],
      [400, 0],
      [400, 0.01],
      [400, 0.02],
    ] as const) {
      at.socket.behave({ feedsBackWatts, exportKwh });
      // What was drawn stands still meanwhile.
      at.outlet.setLoad(() => (feedsBackWatts > 0 ? 0 : 100));
      const reading = await at.plug.read();
      expect(reading.watts).toBe(feedsBackWatts > 0 ? -400 : 100);
      expect(reading.counterWh).toBeGreaterThanOrEqual(0);
      const settings = { runId: 'a', expectedIntervalMs: at.plug.pollMs, maxWatts: 3680, labels: [] };
      const metered = meter(state, reading, settings);
      state = metered.state;
      for (const { integratedWh, counterWh } of metered.increments) bookedWh += integratedWh + counterWh;
      await at.clock.advance(10_000);
    }
    // Ten seconds from 100 W to nothing.
    expect(bookedWh).toBeCloseTo((50 * 10) / 3600, 6);
  });

  test('is less with older firmware, and what is not told is not known', async () => {
    at.socket.behave({ old: true });
    await at.clock.advance(3_600_000);
    expect(await at.plug.read()).toMatchObject({ watts: 100, counterWh: 100, volts: null, amps: null });
    lie('/api/v1/data', {});
    expect(await at.plug.read()).toMatchObject({ watts: null, counterWh: null, relay: true });
  });
});

test('a live that begins while the connection is made keeps the socket on', async () => {
  let wanted = true;
  const cut = at.relay.switchTo(false, soon(), () => wanted);
  wanted = false;
  await expect(cut).rejects.toThrow(CommandExpired);
  expect(at.outlet.relay).toBe(true);
});

describe('a socket that lets nobody switch it', () => {
  test('because its local API is off, says so until it is on', async () => {
    at.socket.behave({ apiEnabled: false });
    await expect(at.plug.read()).rejects.toThrow(PlugAuthRefused);
    await expect(at.relay.switchTo(false, soon())).rejects.toThrow(/turn on its Local API in the HomeWizard app/);
    at.socket.behave({ apiEnabled: true });
    expect((await at.plug.read()).relay).toBe(true);
    expect(at.socket.executed).toEqual([]);
  });

  test('because of its switch lock, is told of before it is to be cut, once', async () => {
    at.socket.switchLock = true;
    await at.plug.read();
    await at.plug.read();
    expect(at.troubles).toEqual([expect.stringMatching(/desk .* can not be cut: turn its switch lock off/)]);
    const refused = at.relay.switchTo(false, soon());
    await expect(refused).rejects.toThrow(PlugProtocolError);
    await expect(refused).rejects.toThrow(/is locked: turn its switch lock off/);
    expect(at.outlet.relay).toBe(true);
    at.socket.switchLock = false;
    await at.plug.read();
    await at.relay.switchTo(false, soon());
    expect(at.outlet.relay).toBe(false);
    at.socket.switchLock = true;
    await at.plug.read();
    expect(at.troubles).toHaveLength(2);
  });

  test('is no trouble where it is never cut', async () => {
    const troubles: string[] = [];
    const essential = at.another({}, { mayBeCut: false });
    await essential.start({ reading: () => {}, offline: () => {}, trouble: (_, what) => troubles.push(what) });
    at.socket.switchLock = true;
    expect((await essential.read()).relay).toBe(true);
    expect(troubles).toEqual([]);
  });
});

describe('who answers', () => {
  test('is another socket after an address has moved: not read, and it says its own serial', async () => {
    at.socket.behave({ serial: '5c2faf0affff' });
    await expect(at.plug.read()).rejects.toThrow(/another device answers: MAC 5C2FAF0AFFFF, expected 5C2FAF0A1B2C/);
    expect(await at.relay.identity()).toBe('5C2FAF0AFFFF');
  });

  test('is a P1 meter of the same maker: no reading is made of it', async () => {
    at.socket.behave({ productType: 'HWE-P1' });
    await expect(at.plug.read()).rejects.toThrow(/is a HWE-P1, which is no Energy Socket/);
  });
});

describe('a socket that lies', () => {
  test.each<[string, string, unknown]>([
    [
      'a serial that is none',
      '/api',
      { product_type: 'HWE-SKT', serial: 'x', firmware_version: '4', api_version: 'v1' },
    ],
    ['another API', '/api', { product_type: 'HWE-SKT', serial: MAC, firmware_version: '4', api_version: 'v2' }],
    ['no object', '/api', null],
    ['a list', '/api/v1/data', []],
    ['watts as text', '/api/v1/data', { active_power_w: '100' }],
    ['watts of a power station', '/api/v1/data', { active_power_w: 1e9 }],
    ['a counter below zero', '/api/v1/data', { active_power_w: 1, total_power_import_kwh: -0.001 }],
    ['volts of a lightning', '/api/v1/data', { active_voltage_v: 1e6 }],
    ['a relay between on and off', '/api/v1/state', { power_on: 'yes' }],
    ['no relay', '/api/v1/state', {}],
    ['an error as an answer', '/api/v1/state', { error: { id: 901, description: 'Internal error' } }],
  ])('with %s is not believed', async (_what, path, answer) => {
    lie(path, answer);
    const failure = await at.plug.read().catch((error) => error);
    expect(failure).toBeInstanceOf(PlugProtocolError);
    // It is shown in a sentence.
    expect(failure.message).not.toContain('\n');
    at.socket.behave({ lies: null });
    expect((await at.plug.read()).watts).toBe(100);
  });

  test('with a number that is none in JavaScript is not believed', async () => {
    at.socket.behave({ lies: { '/api/v1/data': '{"active_power_w": 1e999}' } });
    await expect(at.plug.read()).rejects.toThrow(PlugProtocolError);
  });

  test.each([
    ['another state than it was told', '{"power_on":true}', /says that it did not/],
    ['nothing of use', '<html>', /answered what is not JSON/],
  ])('and acknowledges a command with %s has not acknowledged it', async (_what, answer, message) => {
    at.socket.behave({ lies: { '/api/v1/state': answer } });
    await expect(at.relay.switchTo(false, soon())).rejects.toThrow(message);
  });

  test('and breaks off in the midst of an answer is away', async () => {
    at.socket.behave({ truncates: true });
    await expect(at.plug.read()).rejects.toThrow(PlugUnreachable);
  });

  test('and answers without end is cut off', async () => {
    at.socket.behave({ floods: true });
    await expect(at.plug.read()).rejects.toThrow(/the answer is larger than 16384 bytes/);
  });

  test('and never answers is away after five seconds, and executes nothing later', async () => {
    at.socket.behave({ hangs: true });
    let onAir = false;
    const settled = Promise.allSettled([
      at.plug.read(),
      at.relay.switchTo(false, at.clock.monotonicMs() + 4000),
      at.relay.switchTo(false, at.clock.monotonicMs() + 60_000, () => !onAir),
    ]);
    await at.asked(1);
    onAir = true;
    await at.clock.advance(5000);
    const [read, command, unwanted] = await settled;
    expect(read).toMatchObject({ reason: { name: 'PlugUnreachable', message: /no answer within 5 s/ } });
    // Its turn came too late.
    expect(command).toMatchObject({ reason: { name: 'CommandExpired' } });
    expect(unwanted).toMatchObject({ reason: { name: 'CommandExpired' } });
    at.socket.behave({ hangs: false });
    expect((await at.plug.read()).relay).toBe(true);
    expect(at.socket.asked.filter((what) => what.startsWith('PUT'))).toEqual([]);
  });
});

test('a socket is asked one thing at a time, and a command goes before the readings that wait', async () => {
  const order: string[] = [];
  await Promise.all([
    at.plug.read().then(() => order.push('read')),
    at.plug.read().then(() => order.push('read again')),
    at.relay.switchTo(false, soon()).then(() => order.push('switched')),
  ]);
  expect(order).toEqual(['read', 'switched', 'read again']);
  expect(at.socket.mostAtOnce).toBe(1);
});

describe('in studio.yaml', () => {
  const parse = (plugs: string) => parseConfig(`studio: { id: a, name: A }\nplugs:\n${plugs}`, 'studio.yaml');

  test('address and MAC are enough, and without MAC it is never cut', () => {
    const [plug] = parse(
      `  - { id: a, name: A, adapter: homewizard, host: 192.168.1.9, mac: "5c2faf0a1b2c", essential: false, idleWatts: 3 }`,
    ).plugs;
    expect(plug).toMatchObject({ port: 80, pollSeconds: 10, mac: MAC });
    expect(() =>
      parse(`  - { id: a, name: A, adapter: homewizard, host: 192.168.1.9, essential: false, idleWatts: 3 }`),
    ).toThrow(/mac/);
  });

  test('the same socket twice is refused, and an address that is none', () => {
    const twice = `  - { id: a, name: A, adapter: homewizard, host: 192.168.1.9, mac: "${MAC}" }
  - { id: b, name: B, adapter: homewizard, host: 192.168.1.10, mac: "${MAC}" }`;
    expect(() => parse(twice)).toThrow(/an outlet of its own/);
    for (const host of ['http://192.168.1.9', '192.168.1.9:80', '192.168.1.9/x?', ''])
      expect(homewizardAdapter.schema.safeParse({ adapter: 'homewizard', host }).success, host).toBe(false);
  });
});
