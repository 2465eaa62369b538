import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { TapoMethods } from '../../adapters/simulator/tapo-device.ts';
import type { TapoModelName } from '../../adapters/simulator/tapo-models.ts';
import { TapoDevice } from '../../adapters/tapo/device.ts';
import { fixedAddress } from '../../adapters/tapo/locator.ts';
import { stripOutlet } from '../../adapters/tapo/outlet.ts';
import { TapoStrip } from '../../adapters/tapo/strip.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type StripBench, stripBench } from './strip-bench.ts';
import { MAC } from './studio.ts';

const NEVER = Number.POSITIVE_INFINITY;
let clock: FakeClock;
let at: StripBench;
const strip = async (model: TapoModelName) => {
  clock = new FakeClock();
  at = await stripBench(model, clock);
  return at;
};
afterEach(() => at.close());

const asked = (method: string) => at.tapo.asked.get(method) ?? 0;
const messageOf = (reading: Promise<unknown>) =>
  reading.then(
    () => 'read',
    (error: Error) => {
      expect(error).toBeInstanceOf(PlugProtocolError);
      return error.message;
    },
  );

describe('the outlets of a P316M', () => {
  it('are plugs of their own: each has its relay, watts, volts, amps and counter', async () => {
    const { plug, outlets } = await strip('P316M');
    clock.jump(10 * 3_600_000);
    outlets[1]?.switchTo(false);
    expect(await plug(3).read()).toMatchObject({ watts: 30.348, volts: 230, amps: 0.132, counterWh: 303, relay: true });
    expect(await plug(2).read()).toMatchObject({ watts: 0, counterWh: 202, relay: false });
    expect(await plug(6).read()).toMatchObject({ watts: 60.696, counterWh: 606, relay: true });
  });

  it('share one session, and one list of outlets per round of polls', async () => {
    const { plug, tapo } = await strip('P316M');
    const plugs = [1, 2, 3, 4, 5, 6].map((position) => plug(position));
    for (let round = 1; round <= 5; round += 1) {
      for (const each of plugs) {
        await each.read();
        clock.jump(1000);
      }
      expect(asked('get_child_device_list')).toBe(round);
      clock.jump(4000);
    }
    expect(tapo.handshakes).toBe(1);
    // One for the list of each round, one for each outlet.
    expect(tapo.seqs).toHaveLength(5 + 5 * 6);
    expect(asked('component_nego')).toBe(1);
    expect(asked('get_child_device_component_list')).toBe(1);
  });

  it('ask for the list once when they are read at the same time', async () => {
    const { plug } = await strip('P316M');
    const readings = await Promise.all([4, 2, 1].map((position) => plug(position).read()));
    expect(readings.map(({ watts }) => watts)).toEqual([40.464, 20.232, 10.116]);
    expect(asked('get_child_device_list')).toBe(1);
  });

  it('are found by their number whatever the pages and the order of the list', async () => {
    const { plug, tapo } = await strip('P316M');
    tapo.behave({ pageSize: 4, reversed: true });
    for (const position of [6, 1, 3]) expect((await plug(position).read()).watts).toBeCloseTo(position * 10.116, 3);
    expect(asked('get_child_device_list')).toBe(2);
    expect(asked('get_child_device_component_list')).toBe(2);
  });

  it('switch alone, and every plug of the strip sees it in its next reading', async () => {
    const { plug, tapo, outlets } = await strip('P316M');
    const [second, fifth] = [plug(2), plug(5)];
    await second.read();
    await fifth.read();
    await fifth.relay.switchTo(false, NEVER);
    expect(tapo.executed.map(({ on, position }) => [on, position])).toEqual([[false, 5]]);
    expect(outlets.map(({ relay }) => relay)).toEqual([true, true, true, true, false, true]);
    expect(await fifth.read()).toMatchObject({ relay: false, watts: 0 });
    expect((await second.read()).relay).toBe(true);
    expect(asked('get_child_device_list')).toBe(2);
  });

  it('never shows the relay of before a command, even when the list was on its way', async () => {
    const { plug, tapo } = await strip('P316M');
    const [first, second] = [plug(1), plug(2)];
    await first.read();
    clock.jump(20_000);
    const overtaken = first.read();
    await second.relay.switchTo(false, NEVER);
    expect((await second.read()).relay).toBe(false);
    await overtaken;
    expect((await second.read()).relay).toBe(false);
    expect(tapo.executed).toHaveLength(1);
  });

  it('switch before anything was read', async () => {
    const { plug, outlets } = await strip('P316M');
    await plug(4).relay.switchTo(false, NEVER);
    expect(outlets.map(({ relay }) => relay)).toEqual([true, true, true, false, true, true]);
  });

  it('are known by the MAC of the strip', async () => {
    const { plug, tapo } = await strip('P316M');
    const second = plug(2);
    expect(await second.relay.identity()).toBe(MAC);
    tapo.behave({ reportedMac: '9C-53-22-00-00-99' });
    expect(await messageOf(second.read())).toMatch(/MAC is 9C5322000099, expected is 9C5322000001/);
  });

  it('keep their session until the last of them stops', async () => {
    const { plug } = await strip('P316M');
    const [first, second] = [plug(1), plug(2)];
    await first.read();
    await first.stop();
    await first.stop();
    expect((await second.read()).relay).toBe(true);
    await second.stop();
    await expect(second.read()).rejects.toThrow(/no longer used/);
  });

  it('are asked one method at a time where they know no batches', async () => {
    const { plug, tapo } = await strip('P316M');
    tapo.behave({ batch: 'refuse' });
    expect(await plug(3).read()).toMatchObject({ watts: 30.348, counterWh: 0, relay: true });
  });

  it('measure on while the strip waits for its clock, and give it the time once for all', async () => {
    const { plug, tapo } = await strip('P316M');
    tapo.behave({ clockUnset: true });
    const [first, second] = [plug(1), plug(2)];
    await first.read();
    await second.read();
    expect(asked('set_device_time')).toBe(1);
    expect(await second.read()).toMatchObject({ watts: 20.232, counterWh: 0, flags: [] });
  });
});

describe('a P304M', () => {
  it('measures whole watts only, since its outlets tell no others', async () => {
    const { plug } = await strip('P304M');
    expect(await plug(2).read()).toMatchObject({ watts: 20, volts: null, amps: null, counterWh: 0 });
    const requests = at.tapo.seqs.length;
    clock.jump(20_000);
    await plug(2).read();
    // List, energy, power: the emeter it does not have is not asked again.
    expect(at.tapo.seqs.length - requests).toBe(3);
    expect(asked('get_emeter_data')).toBe(1);
  });

  it('is never asked for energy itself, which it refuses as if its clock were unset', async () => {
    const { plug } = await strip('P304M');
    expect((await plug(1).read()).flags).toEqual([]);
    expect(asked('set_device_time')).toBe(0);
  });
});

describe('a strip without meter', () => {
  it.each([
    ['P300', 3],
    ['P306', 5],
  ] as const)('%s switches each of its %i outlets, and is asked for no energy', async (model, count) => {
    const { plug, outlets, troubles } = await strip(model);
    for (let position = 1; position <= count; position += 1) {
      const each = plug(position);
      expect(await each.read()).toMatchObject({ watts: null, counterWh: null, relay: true });
      await each.relay.switchTo(false, NEVER);
      expect((await each.read()).relay).toBe(false);
    }
    expect(outlets.map(({ relay }) => relay)).toEqual(Array(count).fill(false));
    expect(asked('get_energy_usage') + asked('get_emeter_data') + asked('get_current_power')).toBe(0);
    expect(troubles).toHaveLength(count);
    expect(troubles[0]).toContain('no power meter');
  });
});

describe('a wrong number of an outlet', () => {
  it('names the outlets that there are', async () => {
    const { plug } = await strip('P306');
    expect(await messageOf(plug(7).read())).toContain('has no outlet 7; it has outlets 1, 2, 3, 4, 5 (USB)');
  });

  it('is asked for when a strip is configured without', async () => {
    const { plug } = await strip('P304M');
    expect(await messageOf(plug(undefined).read())).toMatch(/a strip \(P304M\) with outlets 1, 2, 3, 4: .*outlet:/);
  });

  it('is too much for a single plug', async () => {
    const { plug } = await strip('P110');
    expect(await messageOf(plug(1).read())).toContain('leave out outlet');
  });
});

describe('a strip whose list is ambiguous', () => {
  it.each([
    ['two outlets at one position', '"position":2', '"position":1'],
    ['one outlet at two positions', `80${'0'.repeat(36)}12`, `80${'0'.repeat(36)}0b`],
  ])('has %s: none is switched', async (_, told, instead) => {
    await strip('P304M');
    const outlets = [1, 2, 3, 4].map(() => new SimulatedOutlet(clock, () => 10));
    const identity = { mac: '9C-53-22-00-00-01', model: 'P304M' as const, nickname: '', firmware: '1' };
    const methods = new TapoMethods(clock, outlets, identity);
    const transport = {
      send: async (request: string) => JSON.parse(methods.answer(request).replaceAll(told, instead)),
      forgetSession: () => {},
      close: () => {},
    };
    const device = new TapoDevice({ who: 'strip', mac: MAC }, transport, fixedAddress('', 80), clock, 'UTC');
    const first = stripOutlet('plug', new TapoStrip(device, clock), 1, 0);
    await expect(first.switchTo(false, NEVER)).rejects.toThrow(/twice/);
    expect(methods.executed).toEqual([]);
  });
});
