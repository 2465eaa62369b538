import { EnergySocketApi as IndependentClient } from 'homewizard-energy-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homeWizardAdapter } from '../../adapters/homewizard/index.ts';
import { type HomeWizardBehaviour, SimulatedHomeWizard } from '../../adapters/simulator/homewizard.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const MAC = '3C39E7000001';
let clock: FakeClock;
let outlet: SimulatedOutlet;
let socket: SimulatedHomeWizard;
let port: number;
let device: PlugDevice;

beforeEach(async () => {
  clock = new FakeClock();
  outlet = new SimulatedOutlet(clock, () => 100.25);
  socket = new SimulatedHomeWizard({ outlet, mac: MAC });
  port = await socket.start();
  device = deviceOf({ mac: MAC });
});
afterEach(() => socket.stop());

function deviceOf(more: object): PlugDevice {
  const settings = homeWizardAdapter.schema.parse({ adapter: 'homewizard', host: '127.0.0.1', port, ...more });
  return homeWizardAdapter.factory(adapterDeps({ clock }))({ id: 'key-light' }, settings);
}
const switchOff = () => device.relay?.switchTo(false, clock.monotonicMs() + 10_000);

describe('an Energy Socket', () => {
  test('tells watts, its counter in Wh, volts and amps', async () => {
    await clock.advance(36_000_000);
    expect(await device.read()).toMatchObject({
      ...{ watts: 100.25, counterWh: 1003, relay: true, volts: 231.4, amps: 0.433, celsius: null },
      ...{ feed: 'polled', atMs: clock.nowMs(), flags: [] },
    });
  });

  test('with older firmware counts its one tariff, and has neither volts nor amps', async () => {
    socket.behaviour.older = true;
    await clock.advance(36_000_000);
    expect(await device.read()).toMatchObject({ watts: 100.25, counterWh: 1003, volts: null, amps: null });
  });

  test('that is another one than configured gives no reading', async () => {
    await expect(deviceOf({ mac: '3C:39:E7:00:00:02' }).read()).rejects.toThrow(/another socket answers: 3C39E7000001/);
    expect((await deviceOf({}).read()).watts).toBe(100.25);
  });

  test('that is a meter of the same maker is no plug', async () => {
    await socket.stop();
    socket = new SimulatedHomeWizard({ outlet, mac: MAC, productType: 'HWE-P1' });
    port = await socket.start();
    await expect(deviceOf({}).read()).rejects.toThrow(/an Energy Socket \(HWE-SKT\)/);
  });

  test('whose local API is off says where it is turned on', async () => {
    socket.behaviour.apiDisabled = true;
    await expect(device.read()).rejects.toThrow(PlugProtocolError);
    await expect(device.read()).rejects.toThrow(/turn on its local API in the HomeWizard app/);
  });

  test('that is locked on is not switched, and says so', async () => {
    socket.behaviour.switchLock = true;
    await expect(switchOff()).rejects.toThrow(/is locked on: turn its switch lock off/);
    expect(outlet.relay).toBe(true);
  });

  test.each<HomeWizardBehaviour['garbage']>(['html', 'wrong', 'huge', 'cut'])(
    'that answers %s gives no reading, and is read again afterwards',
    async (garbage) => {
      socket.behaviour.garbage = garbage;
      const error = await device.read().catch((reason: unknown) => reason);
      expect(error instanceof PlugProtocolError || error instanceof PlugUnreachable).toBe(true);
      await expect(switchOff()).rejects.toThrow();
      socket.behaviour.garbage = null;
      expect((await device.read()).watts).toBeCloseTo(outlet.watts, 3);
    },
  );

  test('that never answers is given up after five seconds', async () => {
    socket.behaviour.garbage = 'silent';
    const read = device.read();
    const rejected = expect(read).rejects.toThrow(/does not answer: no answer within 5 s/);
    let over = false;
    read
      .catch(() => {})
      .finally(() => {
        over = true;
      });
    await until('it is given up', async () => {
      await clock.advance(1000);
      return over;
    });
    await rejected;
  });
});

describe('the simulated socket', () => {
  test('satisfies an independent client', async () => {
    const client = new IndependentClient(`http://127.0.0.1:${port}`);
    expect(await client.getBasicInformation()).toMatchObject({ product_type: 'HWE-SKT', serial: MAC.toLowerCase() });
    expect(await client.getData()).toMatchObject({ active_power_w: 100.25, total_power_export_t1_kwh: 0 });
    expect(await client.getState()).toEqual({ power_on: true, switch_lock: false, brightness: 255 });
    await client.updateState({ power_on: false });
    expect(outlet.relay).toBe(false);
    expect(await client.identify()).toMatchObject({ identify: 'ok' });
    await client.updateState({ switch_lock: true });
    expect(outlet.relay).toBe(true);
    await expect(client.updateState({ power_on: false })).rejects.toThrow(/switch_lock/);
  });
});
