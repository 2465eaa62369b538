import { describe, expect, it } from 'vitest';
import { tasmotaDialect } from '../../adapters/tasmota/dialect.ts';
import { energyFrom, macFrom, relayFrom } from '../../adapters/tasmota/payloads.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import { describeSoundDialect } from '../support/dialect-fuzz.ts';

/** Published by real devices. */
const SENSOR =
  '{"Time":"2023-05-19T20:52:56","ENERGY":{"TotalStartTime":"2022-03-20T15:20:48","Total":514.153,"Yesterday":1.495,"Today":0.537,"Period":0,"Power":56,"ApparentPower":92,"ReactivePower":73,"Factor":0.61,"Voltage":234,"Current":0.392}}';
const TWO_CHANNELS =
  '{"Time":"2026-09-18T11:19:21","ENERGY":{"TotalStartTime":"2026-09-16T00:00:00","Total":[2.813,0.254],"Yesterday":[1.530,0.125],"Today":[0.772,0.059],"Power":[52,5],"ApparentPower":[66,10],"ReactivePower":[40,9],"Factor":[0.79,0.50],"Voltage":235,"Current":[0.278,0.044],"BL09XX":{"Temperature":46.5}}}';
const STATE =
  '{"Time":"2023-08-18T14:20:27","Uptime":"6T03:18:25","POWER":"ON","Wifi":{"AP":2,"RSSI":100,"LinkCount":1}}';
const STATUS5 =
  '{"StatusNET":{"Hostname":"S31B-4913","IPAddress":"192.0.2.7","Gateway":"192.0.2.1","Mac":"48:3F:DA:28:D3:31","Webserver":2}}';
const parsed = (text: string) => JSON.parse(text) as Record<string, unknown>;
const energy = (fields: object) => ({ ENERGY: fields });

describe('what a Tasmota says', () => {
  it('is watts, Wh, volts and amperes', () => {
    expect(energyFrom(parsed(SENSOR), 1, 1)).toEqual({ watts: 56, counterWh: 514_153, volts: 234, amps: 0.392 });
  });

  it('is a list where there are channels, with the mains in common', () => {
    const strip = parsed(TWO_CHANNELS);
    expect(energyFrom(strip, 1, 2)).toEqual({ watts: 52, counterWh: 2813, volts: 235, amps: 0.278, celsius: 46.5 });
    expect(energyFrom(strip, 2, 2)).toEqual({ watts: 5, counterWh: 254, volts: 235, amps: 0.044, celsius: 46.5 });
    expect(energyFrom(strip, 0, 2)).toMatchObject({ watts: 57, counterWh: 3067 });
  });

  it('has no counter for a channel when the total is one number', () => {
    const strip = energy({ Power: [1, 2], Total: 9.5 });
    expect(energyFrom(strip, 2, 2)).toMatchObject({ watts: 2, counterWh: null });
    expect(energyFrom(strip, 0, 2)).toMatchObject({ watts: 3, counterWh: 9500 });
  });

  it('does not know what a channel draws that is not in the list', () => {
    expect(energyFrom(energy({ Power: [1, 2], Total: [1, 2] }), 3, 3)).toMatchObject({ watts: null, counterWh: null });
  });

  it('can not be shared out when one meter counts several outlets', () => {
    const strip = energy({ Power: 100, Total: 9.5 });
    for (const channel of [1, 2]) expect(() => energyFrom(strip, channel, 3)).toThrow(/one meter for all its outlets/);
    expect(energyFrom(strip, 0, 3)).toMatchObject({ watts: 100, counterWh: 9500 });
  });

  it('is of another sensor when it holds no ENERGY', () => {
    expect(energyFrom({ Time: '…', DHT11: { Temperature: 23 } }, 1, 1)).toEqual({});
  });

  it('is in °C even where the device is set to °F', () => {
    const sensor = { ...energy({ Power: 1 }), ESP32: { Temperature: 212 }, TempUnit: 'F' };
    expect(energyFrom(sensor, 1, 1).celsius).toBe(100);
  });

  it('is refused when a number is none', () => {
    for (const Power of ['56', true, 1e308, {}])
      expect(() => energyFrom(energy({ Power }), 1, 1), String(Power)).toThrow(PlugProtocolError);
    expect(() => energyFrom(energy({ Power: 1, Total: -1 }), 1, 1)).toThrow(/Total is -1/);
    expect(() => energyFrom({ ENERGY: 5 }, 1, 1)).toThrow(/ENERGY is 5/);
  });

  it('names a single relay without a number, or with one when it is set so', () => {
    expect(relayFrom(parsed(STATE), 1)).toEqual({ relay: true });
    expect(relayFrom({ POWER1: 'OFF' }, 1)).toEqual({ relay: false });
    expect(relayFrom({ POWER1: 'OFF', POWER2: 'ON' }, 2)).toEqual({ relay: true });
    expect(relayFrom({ Dimmer: 20 }, 1)).toEqual({});
    expect(() => relayFrom({ POWER: 'Ein' }, 1)).toThrow(/not ON or OFF/);
  });

  it('has its MAC in status 5', () => {
    expect(macFrom(STATUS5)).toBe('483FDA28D331');
    expect(() => macFrom('{"StatusNET":{"Mac":""}}')).toThrow(PlugProtocolError);
  });
});

describeSoundDialect(
  'Tasmota',
  () => tasmotaDialect({ topic: 'tasmota_1A2B3C', fullTopic: '%prefix%/%topic%/', channel: 1 }),
  [SENSOR, TWO_CHANNELS, STATE, STATUS5, `{"StatusSNS":${SENSOR}}`, `{"StatusSTS":${STATE}}`],
);
