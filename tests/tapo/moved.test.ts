import { describe, expect, it } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { TapoMethods } from '../../adapters/simulator/tapo-device.ts';
import { TapoDevice } from '../../adapters/tapo/device.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';

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
