import type { Reading } from '../../model/reading.ts';

/** Statuses of one component, from dumps and captures of real devices, and what they mean. */
export const REAL: [name: string, text: string, expected: Partial<Reading>][] = [
  [
    'Plus Plug S under load',
    '{"id":0,"source":"init","output":true,"apower":36.7,"voltage":232.1,"current":0.307,"aenergy":{"total":499599.717,"by_minute":[618.451,618.897,619.342],"minute_ts":1779362280},"temperature":{"tC":45.5,"tF":113.9}}',
    { watts: 36.7, counterWh: 499599.717, relay: true, volts: 232.1, amps: 0.307, celsius: 45.5, flags: [] },
  ],
  [
    'Plug S Gen3, idle',
    '{"id":0,"source":"WS_in","output":true,"apower":0,"voltage":238.3,"freq":50,"current":0,"aenergy":{"total":20,"by_minute":[0,0,0],"minute_ts":1728199620},"ret_aenergy":{"total":0,"by_minute":[0,0,0],"minute_ts":1728199620},"temperature":{"tC":45.9,"tF":114.5}}',
    { watts: 0, counterWh: 20, relay: true, volts: 238.3, amps: 0, celsius: 45.9 },
  ],
  [
    'Power Strip Gen4, which has no thermometer',
    '{"id":1,"source":"init","output":true,"apower":0,"voltage":232.5,"freq":50,"current":0,"pf":0,"aenergy":{"total":858,"by_minute":[0,0,0],"minute_ts":1779352500},"ret_aenergy":{"total":0,"by_minute":[0,0,0],"minute_ts":1779352500}}',
    { watts: 0, counterWh: 858, relay: true, volts: 232.5, celsius: null },
  ],
  [
    'PM Mini Gen3, which has no relay',
    '{"id":0,"voltage":234.5,"current":0.043,"apower":4.4,"freq":50.1,"aenergy":{"total":73112.963,"by_minute":[0,0,213.298],"minute_ts":1779361680},"ret_aenergy":{"total":0,"by_minute":[0,0,0],"minute_ts":1779361680}}',
    { watts: 4.4, counterWh: 73112.963, relay: null, volts: 234.5, amps: 0.043 },
  ],
  [
    'Outdoor Plug S Gen3, off',
    '{"id":0,"source":"SHC","output":false,"apower":0,"voltage":236.7,"freq":49.9,"current":0,"aenergy":{"total":665,"by_minute":[0,0,0],"minute_ts":1741251540},"temperature":{"tC":46.5,"tF":115.6}}',
    { watts: 0, counterWh: 665, relay: false },
  ],
  [
    'Plus 1PM, with irregular spaces',
    '{"id":0, "source":"WS_in", "output":true, "apower":0.0, "voltage":232.6, "current":0.000, "aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1661517429},"temperature":{"tC":46.0, "tF":114.7}}',
    { watts: 0, counterWh: 0, relay: true, celsius: 46 },
  ],
  [
    '1PM Mini Gen3 with firmware 2, with tag and counts',
    '{"id":0,"source":"MQTT","tag":null, "output":true, "apower":11.5, "voltage":240.3, "freq":50.0, "current":0.073, "aenergy":{"total":152669.987,"by_minute":[0.000,0.000,0.000],"minute_ts":1788945240}, "ret_aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1788945240},"counts":{"on_time":44340,"on_time_rst_ts":0,"switch_on":539,"switch_on_rst_ts":0,"on_above_thr":0,"on_above_thr_rst_ts":0},"temperature":{"tC":55.0, "tF":131.0}}',
    { watts: 11.5, counterWh: 152669.987, relay: true, celsius: 55 },
  ],
  [
    'a plug in the USA',
    '{"id":0, "source":"init", "output":false, "apower":0.0, "voltage":122.9, "current":0.000, "aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1726942679},"temperature":{"tC":45.9, "tF":114.7}}',
    { watts: 0, relay: false, volts: 122.9 },
  ],
  [
    'Plus 1, which has no meter',
    '{"id":0, "source":"SHC", "output":true,"temperature":{"tC":48.4, "tF":119.2}}',
    { watts: null, counterWh: null, relay: true, celsius: 48.4 },
  ],
];
