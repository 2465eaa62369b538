import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { TapoMethods } from '../../adapters/simulator/tapo-device.ts';
import { SimulatedTapoUdp } from '../../adapters/simulator/tapo-udp.ts';
import { TapoDevice } from '../../adapters/tapo/device.ts';
import { tapoAdapter, tapoFactory } from '../../adapters/tapo/index.ts';
import type { TapoPlug } from '../../adapters/tapo/plug.ts';
import { CommandExpired, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { passing } from '../support/passing.ts';
import { ACCOUNT, type Bench, bench, MAC, type WatchedClock } from './studio.ts';

/** Two plugs; the second is the one that the configuration means, and the first has taken its address. */
function swapped(found: boolean) {
  const clock = new FakeClock();
  const [other, ours] = ['01', '02'].map((end) => {
    const outlet = new SimulatedOutlet(clock, () => 10);
    const methods = new TapoMethods(clock, outlet, {
      ...{ mac: `9C-53-22-00-00-${end}`, model: 'P110' as const, nickname: '', firmware: '1' },
    });
    methods.quirks = { ...methods.quirks, clockUnset: true };
    return methods;
  });
  let at = other;
  const sessions = { forgotten: 0 };
  const device = new TapoDevice(
    { who: 'plug', mac: '9C5322000002' },
    {
      send: async (request) => JSON.parse(at?.answer(request) ?? ''),
      forgetSession: () => {
        sessions.forgotten += 1;
      },
      close: () => {},
    },
    {
      current: () => ({ host: '127.0.0.1', port: 80 }),
      search: async () => {
        if (found) at = ours;
        return found;
      },
    },
    clock,
    'Europe/Paris',
  );
  return { device, other, ours, sessions };
}

describe('a plug whose address another has taken', () => {
  it('is looked for, and read where it is now, in a new session', async () => {
    const { device, sessions } = swapped(true);
    expect((await device.contact([])).info.mac).toBe('9C-53-22-00-00-02');
    expect(sessions.forgotten).toBe(1);
  });

  it('is not read when it is not found, and the other is neither switched nor given the time', async () => {
    const { device, other } = swapped(false);
    await expect(device.contact(['get_energy_usage'])).rejects.toThrow(PlugProtocolError);
    await expect(device.contact(['get_energy_usage'])).rejects.toThrow(/MAC is 9C5322000001, expected is 9C5322000002/);
    expect([...(other?.asked.keys() ?? [])].filter((method) => method.startsWith('set_'))).toEqual([]);
  });
});

describe('a plug that is configured by its MAC alone', () => {
  let network: SimulatedTapoUdp;
  let at: Bench<WatchedClock>;
  let plug: TapoPlug;
  beforeEach(async () => {
    network = new SimulatedTapoUdp();
    const udpPort = await network.start();
    at = await bench();
    const secrets: Record<string, string> = { tapo_username: ACCOUNT.username, tapo_password: ACCOUNT.password };
    const deps = adapterDeps({ clock: at.clock, networkInterface: '127.0.0.1', secret: (name) => secrets[name] });
    const settings = tapoAdapter.schema.parse({ adapter: 'tapo', mac: MAC });
    plug = tapoFactory(deps, 0, udpPort)({ id: 'key-light' }, settings);
  });
  afterEach(async () => {
    await plug.stop();
    await at.close();
    await network.stop();
  });

  /** What comes of it, while time passes. */
  const outcome = (promise: Promise<unknown>) => passing(at.clock, promise).catch((error: unknown) => error);

  it('is found, read and switched', async () => {
    await network.join({ host: at.host, httpPort: at.port, mac: '9C-53-22-00-00-01' });
    expect(await outcome(plug.read())).toMatchObject({ watts: 74.116, relay: true });
    await plug.relay.switchTo(false, Number.POSITIVE_INFINITY);
    expect(await plug.read()).toMatchObject({ watts: 0, relay: false });
    expect(network.broadcasts).toBeGreaterThan(0);
  });

  it('that is not there is unreachable, and a command for it expires', async () => {
    const error = await outcome(plug.read());
    expect(error).toBeInstanceOf(PlugUnreachable);
    expect((error as Error).message).toMatch(/key-light \(MAC 9C5322000001\) was not found in the network/);
    const late = plug.relay.switchTo(false, at.clock.monotonicMs() - 1);
    expect(await outcome(late)).toBeInstanceOf(CommandExpired);
  });
});
