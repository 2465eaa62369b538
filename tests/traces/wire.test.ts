import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { connectMqtt } from '../../adapters/mqtt/client.ts';
import { shellyAdapter } from '../../adapters/shelly/index.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { tapoFactory } from '../../adapters/tapo/index.ts';
import { systemClock } from '../../daemon/clock.ts';
import { sliceWh } from '../../model/energy.ts';
import { meter, NEW_METER } from '../../model/meter.ts';
import type { PlugDevice } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { openBroker } from '../support/open-broker.ts';
import { seeded } from '../support/random.ts';
import { noTraces, readTrace } from '../support/trace.ts';
import { until } from '../support/until.ts';

const DAY_S = 86_400;
const log = pino({ level: 'silent' });

/** Meters whatever readings it is given, as the daemon does. */
class Metering {
  readonly #device: PlugDevice;
  #state = NEW_METER;
  wh = 0;

  constructor(device: PlugDevice) {
    this.#device = device;
  }

  add(reading: Reading): void {
    const settings = { runId: 'a', expectedIntervalMs: this.#device.pollMs, maxWatts: 3680, labels: [] };
    const { state, increments } = meter(this.#state, reading, settings);
    this.#state = state;
    for (const slice of increments) this.wh += sliceWh(slice);
  }
}

describe.skipIf(noTraces)(`a traced day over the wire${noTraces ? ` (skipped: ${noTraces})` : ''}`, () => {
  test('a Tapo plug over KLAP: within 0.1 % by its counter over midnight, within 1 % without it and with 5 % lost', async () => {
    const clock = new FakeClock();
    const trace = readTrace('streaming-pc');
    const outlet = new SimulatedOutlet(clock, trace.load);
    const account = { username: 'me@example.com', password: 'a secret' };
    const mac = '02CC00000001';
    const plug = new SimulatedTapo({
      clock,
      outlet,
      mac,
      model: 'P110',
      nickname: 'PC',
      firmware: '1.3.1',
      ...account,
    });
    const port = await plug.start();
    const secrets: Record<string, string> = { tapo_username: account.username, tapo_password: account.password };
    const settings = { adapter: 'tapo' as const, host: '127.0.0.1', port, mac, pollSeconds: 30 };
    const device = tapoFactory(adapterDeps({ clock, secret: (name) => secrets[name] }), 0)({ id: 'pc' }, settings);
    const random = seeded(5);
    const counted = new Metering(device);
    const integrated = new Metering(device);
    try {
      for (let second = 0; second <= DAY_S; second += 30) {
        if (second === 0 || second === DAY_S || random() >= 0.05) {
          const reading = await device.read();
          counted.add(reading);
          integrated.add({ ...reading, counterWh: null });
        }
        await clock.advance(30_000);
      }
    } finally {
      await device.stop();
      await plug.stop();
    }
    expect(Math.abs(counted.wh / trace.wh - 1)).toBeLessThan(0.001);
    expect(Math.abs(integrated.wh / trace.wh - 1)).toBeLessThan(0.01);
  }, 90_000);

  test('a Shelly plug over MQTT: an hour within 0.1 % by its counter, with 5 % of its polls lost', async () => {
    const clock = new FakeClock();
    const trace = readTrace('monitor');
    const offsetMs = 13 * 3_600_000;
    const broker = await openBroker();
    const outlet = new SimulatedOutlet(clock, (ms) => trace.load(ms + offsetMs));
    const device = 'shellyplusplugs-02cc00000002';
    const plug = new SimulatedShelly({ clock, outlet, brokerUrl: broker.url, device, startWh: 4711 });
    await plug.start();
    const bus = connectMqtt({ url: broker.url, clientId: 'offair-traced', clock: systemClock, random: seeded(1), log });
    const settings = shellyAdapter.schema.parse({ adapter: 'shelly', device });
    const shelly = shellyAdapter.factory(adapterDeps({ clock, mqtt: bus }))({ id: 'monitor' }, settings);
    const metering = new Metering(shelly);
    const random = seeded(6);
    try {
      await shelly.start({ reading: (reading) => metering.add(reading), offline: () => {}, trouble: () => {} });
      await until('the bus is connected', () => bus.connected);
      await until('the plug answers', () =>
        shelly.read().then(
          () => true,
          () => false,
        ),
      );
      const startWh = outlet.wattHours;
      metering.add(await shelly.read());
      for (let second = 0; second < 3600; second += 30) {
        await clock.advance(30_000);
        if (random() >= 0.05) metering.add(await shelly.read());
      }
      metering.add(await shelly.read());
      expect(outlet.wattHours - startWh).toBeGreaterThan(15);
      expect(Math.abs(metering.wh / (outlet.wattHours - startWh) - 1)).toBeLessThan(0.001);
    } finally {
      await shelly.stop();
      await bus.end();
      await plug.stop();
      await broker.stop();
    }
  }, 90_000);
});
