import { describe, expect, it } from 'vitest';
import { parseObject } from '../../adapters/json.ts';
import { normaliseMac } from '../../adapters/mac.ts';
import { Measures } from '../../adapters/mqtt/measures.ts';
import { macIn, numberFrom } from '../../adapters/mqtt/values.ts';
import { relayFrom, wattHoursFrom } from '../../adapters/shelly/gen1.ts';
import { clockOf, componentOf, overlay } from '../../adapters/shelly/gen2.ts';
import { macOfDeviceId } from '../../adapters/shelly/names.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import type { Reading } from '../../model/reading.ts';
import { REAL } from './real-payloads.ts';

const FRESH_MS = 90_000;
const WHOLE = { what: 'the status', whole: true, outputTrusted: true };
const DELTA = { what: 'NotifyStatus', whole: false, outputTrusted: true };

/** What is known after these components' statuses, all at once. */
function known(...parts: [text: string, source: typeof WHOLE][]): Partial<Reading> {
  const measures = new Measures(FRESH_MS);
  for (const [text, source] of parts) overlay(measures, parseObject(text, 'test'), source, 0);
  return measures.reading('plug', 0, 0);
}

describe('the status of a Shelly of generation 2 to 4', () => {
  it.each(REAL)('is read from %s', (_, text, expected) => {
    expect(known([text, WHOLE])).toMatchObject(expected);
  });

  it('is changed by a notification only where it says so', () => {
    const [, plusPlugS] = REAL[0] ?? [];
    expect(known([plusPlugS ?? '', WHOLE], ['{"id":0,"apower":579.0}', DELTA])).toMatchObject({
      watts: 579,
      counterWh: 499599.717,
      relay: true,
      volts: 232.1,
    });
  });

  it('is changed by a notification without id, as newer firmware sends it', () => {
    expect(known(['{"apower":11.5,"current":0.071}', DELTA])).toMatchObject({ watts: 11.5, amps: 0.071, relay: null });
  });

  it('is read from the message of the minute', () => {
    const text =
      '{"aenergy":{"by_minute":[0,0,0],"minute_ts":1783004880,"total":1},"apower":27,"current":0.123,"freq":50.01,"ret_aenergy":{"by_minute":[0,0,0],"minute_ts":1783004880,"total":0},"voltage":233.3}';
    expect(known([text, DELTA])).toMatchObject({ watts: 27, counterWh: 1, volts: 233.3 });
  });

  it('has no measure in a message of counts', () => {
    const counts = { counts: { on_above_thr: 0, on_time: 241680, switch_on: 192 } };
    expect(overlay(new Measures(FRESH_MS), counts, DELTA, 0)).toEqual([]);
  });

  it('takes null for unknown, never for zero', () => {
    expect(
      known(['{"apower":5,"temperature":{"tC":40}}', DELTA], ['{"apower":null,"temperature":{"tC":null}}', DELTA]),
    ).toMatchObject({
      watts: null,
      celsius: null,
    });
  });

  it('names faults, and forgets them when they are sent as null', () => {
    const tripped = '{"output":false,"errors":["overpower","overtemp"]}';
    expect(known([tripped, DELTA])).toMatchObject({ relay: false, flags: ['overpower', 'overheated'] });
    expect(known([tripped, DELTA], ['{"apower":0}', DELTA])).toMatchObject({ flags: ['overpower', 'overheated'] });
    expect(known([tripped, DELTA], ['{"errors":null}', DELTA])).toMatchObject({ flags: [] });
    expect(known([tripped, DELTA], ['{"output":true}', WHOLE])).toMatchObject({ flags: [] });
  });

  it('does not believe output where it was seen wrong', () => {
    expect(known(['{"output":true,"apower":5}', { ...DELTA, outputTrusted: false }])).toMatchObject({
      relay: null,
      watts: 5,
    });
  });

  it('counts what flowed in: energy that flowed back is in the total too', () => {
    expect(known(['{"aenergy":{"total":100},"ret_aenergy":{"total":30}}', WHOLE])).toMatchObject({ counterWh: 70 });
  });

  it('counts what flowed back once, also when a notification does not repeat it', () => {
    expect(
      known(['{"aenergy":{"total":100},"ret_aenergy":{"total":30}}', WHOLE], ['{"aenergy":{"total":101}}', DELTA]),
    ).toMatchObject({ counterWh: 71 });
  });

  it('with no draw does not mean that the relay is open: some plugs see nothing below half a watt', () => {
    expect(known(['{"output":true,"apower":0}', WHOLE])).toMatchObject({ relay: true, watts: 0 });
  });

  it('is another plug’s when a component is missing, and says which there are', () => {
    const status = { 'pm1:0': {}, sys: {}, 'switch:1': {} };
    expect(componentOf(status, 'switch:1', 'plug')).toEqual({});
    expect(() => componentOf(status, 'switch:0', 'plug')).toThrow('plug has no switch:0 but pm1:0, switch:1');
    expect(() => componentOf({ sys: {} }, 'switch:0', 'plug')).toThrow('nor any other outlet');
    expect(() => componentOf({ 'switch:0': 5 }, 'switch:0', 'plug')).toThrow('is no object');
  });

  it('may have negative watts', () => {
    expect(known(['{"apower":-474.1}', DELTA])).toMatchObject({ watts: -474.1 });
  });

  it.each([
    ['{"apower":"11.5"}', 'apower is "11.5"'],
    ['{"apower":1e999}', 'apower is null'],
    ['{"apower":true}', 'apower is true'],
    ['{"aenergy":{"total":-1}}', 'aenergy.total is -1'],
    ['{"output":"on"}', 'output is "on"'],
    ['{"errors":[7]}', 'errors holds 7'],
    ['{"temperature":{"tC":[]}}', 'temperature.tC is a list'],
  ])('is refused when it holds %s, and nothing is changed', (text, why) => {
    const measures = new Measures(FRESH_MS);
    overlay(measures, { apower: 5, output: true }, DELTA, 0);
    expect(() => overlay(measures, { voltage: 230, ...parseObject(text, 'test') }, DELTA, 0)).toThrow(
      PlugProtocolError,
    );
    expect(() => overlay(measures, parseObject(text, 'test'), DELTA, 0)).toThrow(why);
    expect(measures.reading('plug', 0, 0)).toMatchObject({ watts: 5, relay: true, volts: null });
  });

  it('tells an unset clock by its small time, and a boot by a very small one', () => {
    expect(clockOf(1661517432.85)).toEqual({ unset: false, justBooted: false });
    expect(clockOf(1.61)).toEqual({ unset: true, justBooted: true });
    expect(clockOf(658773)).toEqual({ unset: true, justBooted: false });
    expect(clockOf(undefined)).toEqual({ unset: false, justBooted: false });
  });
});

describe('what is known of a plug', () => {
  it('is no longer known when it is old', () => {
    const measures = new Measures(FRESH_MS);
    measures.set('watts', 5, 0);
    expect(measures.get('watts', FRESH_MS)).toBe(5);
    expect(measures.get('watts', FRESH_MS + 1)).toBeNull();
  });

  it('does not hold the zero that a meter shows before it has measured', () => {
    const measures = new Measures(FRESH_MS);
    measures.set('watts', 40, 0);
    measures.booted(1000);
    measures.set('watts', 0, 1100);
    expect(measures.get('watts', 1100)).toBeNull();
    measures.set('watts', 0, 1200);
    expect(measures.get('watts', 1200)).toBe(0);
  });

  it('holds a zero after a boot when the relay is open, or when the meter has had its time', () => {
    const off = new Measures(FRESH_MS);
    off.set('relay', false, 0);
    off.booted(0);
    off.set('watts', 0, 1);
    expect(off.get('watts', 1)).toBe(0);
    const settled = new Measures(FRESH_MS);
    settled.booted(0);
    settled.set('watts', 0, 5000);
    expect(settled.get('watts', 5000)).toBe(0);
  });
});

describe('the texts of a Shelly of the first generation', () => {
  it('are on, off or overpower for the relay', () => {
    expect(relayFrom('on')).toEqual({ on: true, overpower: false });
    expect(relayFrom('off')).toEqual({ on: false, overpower: false });
    expect(relayFrom('overpower')).toEqual({ on: false, overpower: true });
    for (const text of ['ON', 'true', '', 'on ']) expect(() => relayFrom(text)).toThrow(PlugProtocolError);
  });

  it('are watts, degrees and flags as decimals', () => {
    expect(numberFrom('5.56', 'power')).toBe(5.56);
    expect(numberFrom('24.03', 'temperature')).toBe(24.03);
    expect(numberFrom('-3.5', 'power')).toBe(-3.5);
    expect(numberFrom('0', 'overtemperature')).toBe(0);
  });

  it('are unknown when empty, never zero', () => {
    expect(numberFrom('', 'power')).toBeNull();
    expect(wattHoursFrom('')).toBeNull();
  });

  it('are watt-minutes for energy', () => {
    expect(wattHoursFrom('176010')).toBe(2933.5);
    expect(wattHoursFrom('6472513')).toBeCloseTo(107875.22, 2);
  });

  it.each(['nan', 'NaN', 'Infinity', '1e9', '0x10', '1,5', ' 5', '5W', '{"power":5}'])(
    'are refused when they are %s',
    (text) => {
      expect(() => numberFrom(text, 'power')).toThrow(/power is .*a number was expected/);
    },
  );

  it('never count backwards', () => {
    expect(() => wattHoursFrom('-5')).toThrow(PlugProtocolError);
  });
});

describe('the MAC of a Shelly', () => {
  it('is read in any usual notation', () => {
    for (const text of ['8C:BF:EA:A1:33:F0', '8c-bf-ea-a1-33-f0', '8cbf.eaa1.33f0', '8CBFEAA133F0'])
      expect(normaliseMac(text)).toBe('8CBFEAA133F0');
    for (const text of ['8CBFEAA133', '8CBFEAA133G0', '']) expect(normaliseMac(text)).toBeNull();
  });

  it('ends the device id, except in old short ones', () => {
    expect(macOfDeviceId('shellyplugsg3-8cbfeaa133f0')).toBe('8CBFEAA133F0');
    expect(macOfDeviceId('shellyplug-s-4022D88349C4')).toBe('4022D88349C4');
    expect(macOfDeviceId('shellyplug-s-C38EAB')).toBeNull();
  });

  it('must be in the answer of a plug that is asked for it', () => {
    expect(macIn('8CBFEAA133F0', 'mac')).toBe('8CBFEAA133F0');
    expect(() => macIn(undefined, 'the MAC of plug desk')).toThrow('the MAC of plug desk is undefined, 12 hex digits');
  });
});
