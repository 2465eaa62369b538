import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../adapters/tapo/protocol.ts';
import { report } from '../../adapters/tapo/reading.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import { type Bench, bench, MAC, type WatchedClock } from './studio.ts';

let at: Bench<WatchedClock>;
beforeEach(async () => {
  at = await bench();
});
afterEach(() => at.close());

/** A reading as it is, or the message of the error. */
const readOr = (plug: { read(): Promise<unknown> }) =>
  plug.read().catch((error: Error) => {
    expect(error).toBeInstanceOf(PlugProtocolError);
    return error.message;
  });

describe('a reading of a P110', () => {
  it('has watts, volts, amps, the relay and today’s counter, all in one request', async () => {
    at.clock.jump(3_600_000);
    const reading = await at.client().read();
    expect(reading).toEqual({
      plug: 'key-light',
      atMs: at.clock.nowMs(),
      monotonicMs: 3_600_000,
      watts: 74.116,
      counterWh: 74,
      relay: true,
      volts: 230,
      amps: 0.322,
      celsius: null,
      flags: [],
      feed: 'polled',
    });
    expect(at.tapo.seqs).toHaveLength(1);
  });

  it('takes watts of firmware without emeter from the energy usage, and asks for the emeter only once', async () => {
    at.tapo.behave({ emeter: false });
    const plug = at.client();
    expect(await plug.read()).toMatchObject({ watts: 74.116, volts: null, amps: null });
    const requests = at.tapo.seqs.length;
    await plug.read();
    expect(at.tapo.seqs.length - requests).toBe(1);
  });

  it('asks one by one where the firmware knows no batches', async () => {
    at.tapo.behave({ batch: 'refuse' });
    const plug = at.client();
    expect((await plug.read()).watts).toBe(74.116);
    const requests = at.tapo.seqs.length;
    expect((await plug.read()).watts).toBe(74.116);
    expect(at.tapo.seqs.length - requests).toBe(3);
  });

  it('says that the clock is unset, and still measures, until the plug has its time', async () => {
    at.tapo.behave({ clockUnset: true });
    const plug = at.client();
    expect(await plug.read()).toMatchObject({ watts: 74.116, counterWh: null, flags: ['clock-unset'] });
    expect(await plug.read()).toMatchObject({ watts: 74.116, counterWh: 0, flags: [] });
    // Lost again within the hour: the plug must wait.
    at.tapo.behave({ clockUnset: true, emeter: false });
    expect(await plug.read()).toMatchObject({ watts: 74, counterWh: null, flags: ['clock-unset'] });
    at.tapo.behave({ clockUnset: false });
    expect(await plug.read()).toMatchObject({ counterWh: 0, flags: [] });
  });

  it('starts its counter anew at the plug’s own midnight', async () => {
    const plug = at.client();
    // The clock starts at 12:00 UTC, 13:00 at the plug.
    await at.clock.advance(10.9 * 3_600_000);
    expect((await plug.read()).counterWh).toBe(807);
    await at.clock.advance(0.6 * 3_600_000);
    expect((await plug.read()).counterWh).toBe(37);
  });

  it('names what the plug reports of its own health', async () => {
    at.tapo.behave({ overheated: true, overloaded: true });
    expect((await at.client().read()).flags).toEqual(['overheated', 'overpower']);
  });

  it('may be negative', async () => {
    at.tapo.behave({ powerJson: '-120000' });
    expect((await at.client().read()).watts).toBe(-120);
  });

  it.each(['null', '1e999', '"74116"', '-5000001', '25000001', '[]', 'true'])(
    'never has power %s',
    async (powerJson) => {
      at.tapo.behave({ powerJson });
      expect(await readOr(at.client())).toMatch(/tapo plug key-light .* power_mw/);
    },
  );

  it('is never made of text that is not JSON', async () => {
    at.tapo.behave({ powerJson: 'NaN' });
    expect(await readOr(at.client())).toContain('key-light');
  });

  it('is never taken from another device', async () => {
    at.tapo.behave({ reportedMac: '9C-53-22-00-00-99' });
    const plug = at.client();
    expect(await readOr(plug)).toMatch(/MAC is 9C5322000099, expected is 9C5322000001/);
    expect(await plug.relay.identity()).toBe('9C5322000099');
    at.tapo.behave({ reportedMac: '9c:53:22:00:00:01' });
    expect(await plug.relay.identity()).toBe(MAC);
    expect((await plug.read()).relay).toBe(true);
  });

  it('shows the relay as it is, not as it was commanded, while it lags', async () => {
    at.tapo.behave({ relayLagMs: 300 });
    const plug = at.client();
    await plug.relay.switchTo(false, at.clock.monotonicMs() + 1000);
    expect(await plug.read()).toMatchObject({ relay: true, watts: 74.116 });
    await at.clock.advance(300);
    expect(await plug.read()).toMatchObject({ relay: false, watts: 0 });
  });
});

describe('a P100', () => {
  it('can be switched but not measured, says so once, and is then asked for nothing it does not have', async () => {
    const other = await bench({ model: 'P100' });
    try {
      const plug = other.client();
      const troubles: string[] = [];
      await plug.start({ reading: () => {}, offline: () => {}, trouble: (_, what) => troubles.push(what) });
      expect(await plug.read()).toMatchObject({ watts: null, counterWh: null, relay: true, flags: [] });
      const requests = other.tapo.seqs.length;
      await plug.read();
      await plug.read();
      expect(other.tapo.seqs.length - requests).toBe(2);
      expect(troubles).toHaveLength(1);
      expect(troubles[0]).toContain('P100');
      await plug.relay.switchTo(false, other.clock.monotonicMs() + 1000);
      expect(other.outlet.relay).toBe(false);
    } finally {
      await other.close();
    }
  });
});

describe('the report of a plug', () => {
  const answers = (results: Record<string, object>) =>
    new Map(
      Object.entries(results).map(([method, result]): [string, Answer] => [
        method,
        { code: 0, result: result as Record<string, unknown> },
      ]),
    );
  const info = { device_on: true, mac: 'F0-09-0D-00-00-00', model: 'P110M' };

  it('agrees with what a P110M, a P110 and a 3 kW load really said', () => {
    const p110m = report(
      answers({
        get_device_info: { ...info, overheat_status: 'normal', charging_status: 'normal', auto_off_status: 'off' },
        get_energy_usage: { current_power: 74_116, today_energy: 173, local_time: '2024-11-22 21:03:25' },
        get_current_power: { current_power: 74 },
      }),
      'plug',
    );
    expect(p110m).toMatchObject({ watts: 74.116, counterWh: 173, flags: [] });
    const emeter = { current_ma: 744, voltage_mv: 234_120, power_mw: 141_916, energy_wh: 124 };
    const p110 = report(answers({ get_device_info: info, get_emeter_data: emeter }), 'plug');
    expect(p110).toMatchObject({ watts: 141.916, volts: 234.12, amps: 0.744, counterWh: null });
    const heater = report(
      answers({ get_device_info: info, get_energy_usage: { current_power: 3_275_944, today_energy: 8946 } }),
      'plug',
    );
    expect(heater).toMatchObject({ watts: 3275.944, counterWh: 8946 });
  });

  it('takes every unknown word of the plug for trouble', () => {
    const strange = {
      ...info,
      overheat_status: 'cool_down',
      power_protection_status: 'overloaded',
      overcurrent_status: 'lifted',
      charging_status: 'finished',
      auto_off_status: 'on',
    };
    expect(report(answers({ get_device_info: strange }), 'plug').flags).toEqual([
      'overheated',
      'overpower',
      'overcurrent',
      'charging-cut',
      'auto-off',
    ]);
    expect(report(answers({ get_device_info: { ...info, overheated: true } }), 'plug').flags).toEqual(['overheated']);
  });

  it('takes the year 2000 for an unset clock', () => {
    const energy = { current_power: 0, today_energy: 0, local_time: '2000-01-01 00:12:00' };
    expect(report(answers({ get_device_info: info, get_energy_usage: energy }), 'plug').flags).toEqual(['clock-unset']);
  });

  it('has only finite numbers in range, or refuses, whatever JSON the plug sends', () => {
    const value = fc.oneof(fc.jsonValue(), fc.double(), fc.integer(), fc.constant(Number.POSITIVE_INFINITY));
    const record = (...keys: string[]) => fc.record(Object.fromEntries(keys.map((key) => [key, value])));
    const energy = record('current_power', 'today_energy', 'local_time');
    fc.assert(
      fc.property(energy, record('power_mw', 'voltage_mv', 'current_ma'), (get_energy_usage, get_emeter_data) => {
        let seen: Partial<ReturnType<typeof report>> = {};
        try {
          seen = report(answers({ get_device_info: info, get_energy_usage, get_emeter_data }), 'plug');
        } catch (error) {
          expect(error).toBeInstanceOf(PlugProtocolError);
        }
        for (const number of [seen.watts, seen.counterWh, seen.volts, seen.amps])
          expect(number ?? 0).toSatisfy(Number.isFinite);
        expect(Math.abs(seen.watts ?? 0)).toBeLessThanOrEqual(25_000);
        expect(seen.counterWh ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('is refused without a relay', () => {
    expect(() => report(answers({ get_device_info: { mac: info.mac } }), 'plug')).toThrow(/no relay/);
  });
});
