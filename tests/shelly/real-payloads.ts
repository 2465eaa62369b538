import type { Reading } from '../../model/reading.ts';

/** A device and its outlet as ioBroker.shelly calls them. */
type Oracle = [device: string, outlet: string];

/** Statuses of one component, from dumps and captures of real devices, and what they mean. */
export const REAL: [name: string, text: string, expected: Partial<Reading>, oracle: Oracle][] = [
  [
    'Plus Plug S under load',
    '{"id":0,"source":"init","output":true,"apower":36.7,"voltage":232.1,"current":0.307,"aenergy":{"total":499599.717,"by_minute":[618.451,618.897,619.342],"minute_ts":1779362280},"temperature":{"tC":45.5,"tF":113.9}}',
    { watts: 36.7, counterWh: 499599.717, relay: true, volts: 232.1, amps: 0.307, celsius: 45.5, flags: [] },
    ['shellyplusplugs', 'Relay0'],
  ],
  [
    'Plug S Gen3, idle',
    '{"id":0,"source":"WS_in","output":true,"apower":0,"voltage":238.3,"freq":50,"current":0,"aenergy":{"total":20,"by_minute":[0,0,0],"minute_ts":1728199620},"ret_aenergy":{"total":0,"by_minute":[0,0,0],"minute_ts":1728199620},"temperature":{"tC":45.9,"tF":114.5}}',
    { watts: 0, counterWh: 20, relay: true, volts: 238.3, amps: 0, celsius: 45.9 },
    ['shellyplugsg3', 'Relay0'],
  ],
  [
    'Power Strip Gen4, which has no thermometer',
    '{"id":1,"source":"init","output":true,"apower":0,"voltage":232.5,"freq":50,"current":0,"pf":0,"aenergy":{"total":858,"by_minute":[0,0,0],"minute_ts":1779352500},"ret_aenergy":{"total":0,"by_minute":[0,0,0],"minute_ts":1779352500}}',
    { watts: 0, counterWh: 858, relay: true, volts: 232.5, celsius: null },
    ['shellypstripg4', 'Relay1'],
  ],
  [
    'PM Mini Gen3, which has no relay',
    '{"id":0,"voltage":234.5,"current":0.043,"apower":4.4,"freq":50.1,"aenergy":{"total":73112.963,"by_minute":[0,0,213.298],"minute_ts":1779361680},"ret_aenergy":{"total":0,"by_minute":[0,0,0],"minute_ts":1779361680}}',
    { watts: 4.4, counterWh: 73112.963, relay: null, volts: 234.5, amps: 0.043 },
    ['shellypmminig3', 'PM1:0'],
  ],
  [
    'Outdoor Plug S Gen3, off',
    '{"id":0,"source":"SHC","output":false,"apower":0,"voltage":236.7,"freq":49.9,"current":0,"aenergy":{"total":665,"by_minute":[0,0,0],"minute_ts":1741251540},"temperature":{"tC":46.5,"tF":115.6}}',
    { watts: 0, counterWh: 665, relay: false },
    ['shellyoutdoorsg3', 'Relay0'],
  ],
  [
    'Plus 1PM, with irregular spaces',
    '{"id":0, "source":"WS_in", "output":true, "apower":0.0, "voltage":232.6, "current":0.000, "aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1661517429},"temperature":{"tC":46.0, "tF":114.7}}',
    { watts: 0, counterWh: 0, relay: true, celsius: 46 },
    ['shellyplus1pm', 'Relay0'],
  ],
  [
    '1PM Mini Gen3 with firmware 2, with tag and counts',
    '{"id":0,"source":"MQTT","tag":null, "output":true, "apower":11.5, "voltage":240.3, "freq":50.0, "current":0.073, "aenergy":{"total":152669.987,"by_minute":[0.000,0.000,0.000],"minute_ts":1788945240}, "ret_aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1788945240},"counts":{"on_time":44340,"on_time_rst_ts":0,"switch_on":539,"switch_on_rst_ts":0,"on_above_thr":0,"on_above_thr_rst_ts":0},"temperature":{"tC":55.0, "tF":131.0}}',
    { watts: 11.5, counterWh: 152669.987, relay: true, celsius: 55 },
    ['shelly1pmminig3', 'Relay0'],
  ],
  [
    'a plug in the USA',
    '{"id":0, "source":"init", "output":false, "apower":0.0, "voltage":122.9, "current":0.000, "aenergy":{"total":0.000,"by_minute":[0.000,0.000,0.000],"minute_ts":1726942679},"temperature":{"tC":45.9, "tF":114.7}}',
    { watts: 0, relay: false, volts: 122.9 },
    ['shellyplusplugs', 'Relay0'],
  ],
  [
    'Plus 1, which has no meter',
    '{"id":0, "source":"SHC", "output":true,"temperature":{"tC":48.4, "tF":119.2}}',
    { watts: null, counterWh: null, relay: true, celsius: 48.4 },
    ['shellyplus1', 'Relay0'],
  ],
];

/** Notifications on `events/rpc`, captured from real devices, and what they change. */
export const NOTIFICATIONS: [name: string, text: string, key: string, expected: Partial<Reading>][] = [
  [
    'the first words of firmware 0.11, with a clock that is not set',
    '{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus","params":{"ts":1.61,"mqtt":{"connected":true}}}',
    'switch:0',
    { watts: null, relay: null, counterWh: null },
  ],
  [
    'a relay that was switched',
    '{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus","params":{"ts":1661517432.85,"switch:0":{"id":0,"output":true,"source":"WS_in"}}}',
    'switch:0',
    { relay: true, watts: null },
  ],
  [
    'the minute of firmware 0.11: energy alone',
    '{"src":"shellyplus1pm-4417939341dc","dst":"shellies/plus1pm/events","method":"NotifyStatus","params":{"ts":1661517421.44,"switch:0":{"id":0,"aenergy":{"by_minute":[0.000,0.000,0.000],"minute_ts":1661517419,"total":0.000}}}}',
    'switch:0',
    { counterWh: 0, watts: null, relay: null },
  ],
  [
    'a load that has changed',
    '{"src":"shellyplus1pm-3c61057263dc","dst":"shellyplus1pm-3c61057263dc/events","method":"NotifyStatus","params":{"ts":1657970346.65,"switch:0":{"id":0,"apower":579.0}}}',
    'switch:0',
    { watts: 579, relay: null },
  ],
  [
    'the minute of a Plug PM Gen3, without id',
    '{"src":"shellyplugpmg3-907069531520","dst":"shelly/ug/heizraum/trockner/events","method":"NotifyStatus","params":{"ts":1783004880.01,"pm1:0":{"aenergy":{"by_minute":[0,0,0],"minute_ts":1783004880,"total":1},"apower":27,"current":0.123,"freq":50.01,"ret_aenergy":{"by_minute":[0,0,0],"minute_ts":1783004880,"total":0},"voltage":233.3}}}',
    'pm1:0',
    { watts: 27, counterWh: 1, volts: 233.3, amps: 0.123 },
  ],
  [
    'a change without id, of newer firmware',
    '{"src":"shelly1pmminig3-5432044edbc0","dst":"shelly1pmminig3-5432044edbc0/events","method":"NotifyStatus","params":{"ts":1788945292.88,"switch:0":{"apower":11.5,"current":0.071}}}',
    'switch:0',
    { watts: 11.5, amps: 0.071, relay: null },
  ],
  [
    'a minute of counts alone',
    '{"src":"shelly1pmminig3-e4b323133734","dst":"ShellyLichtGarten/events","method":"NotifyStatus","params":{"ts":1788945300.02,"switch:0":{"counts":{"on_above_thr":0,"on_time":241680,"switch_on":192}}}}',
    'switch:0',
    { watts: null, relay: null, counterWh: null },
  ],
  [
    'all of a Plus 1, which has no meter',
    '{"src":"shellyplus1-08b61fd141e8","dst":"shellyplus1-08b61fd141e8/events","method":"NotifyFullStatus","params":{"ts":1736604018.38,"ble":{},"cloud":{"connected":true},"input:0":{"id":0,"state":false},"mqtt":{"connected":true},"switch:0":{"id":0, "source":"SHC", "output":true,"temperature":{"tC":48.4, "tF":119.2}},"sys":{"mac":"08B61FD141E8","restart_required":false,"time":"15:00","unixtime":1736604018,"uptime":658773,"reset_reason":3},"ws":{"connected":false}}}',
    'switch:0',
    { watts: null, relay: true, celsius: 48.4 },
  ],
  [
    'an event that is no status',
    '{"src":"shellyi4g3-54320455c858","dst":"shellyi4g3-54320455c858/events","method":"NotifyEvent","params":{"ts":1735821119.25,"events":[{"component":"sys","event":"config_changed","restart_required":false,"ts":1735821119.25,"cfg_rev":20}]}}',
    'switch:0',
    { watts: null, relay: null },
  ],
];
