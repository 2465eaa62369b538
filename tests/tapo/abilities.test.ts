import { describe, expect, it } from 'vitest';
import type { TapoModelName } from '../../adapters/simulator/tapo-models.ts';
import { passing } from '../support/passing.ts';
import { type Bench, bench, type WatchedClock } from './studio.ts';

const NEVER = Number.POSITIVE_INFINITY;

async function using(model: TapoModelName, use: (at: Bench<WatchedClock>) => Promise<void>) {
  const at = await bench({ model });
  try {
    await use(at);
  } finally {
    await at.close();
  }
}
const energyAsked = ({ tapo }: Bench<WatchedClock>) =>
  ['get_energy_usage', 'get_emeter_data', 'get_current_power'].map((method) => tapo.asked.get(method) ?? 0);

describe('what a plug can do', () => {
  it.each(['P110', 'P110M', 'P115', 'KP125M'] as const)('%s: watts to the milliwatt, volts and amps', (model) =>
    using(model, async (at) => {
      at.clock.jump(2 * 3_600_000);
      expect(await at.client().read()).toMatchObject({ watts: 74.116, volts: 230, amps: 0.322, counterWh: 148 });
    }),
  );

  it('EP25: watts to the milliwatt, but no volts', () =>
    using('EP25', async (at) => {
      expect(await at.client().read()).toMatchObject({ watts: 74.116, volts: null, counterWh: 0 });
    }));

  it.each(['P100', 'P105', 'P125M', 'P135'] as const)('%s: a relay; it is not asked for energy twice', (model) =>
    using(model, async (at) => {
      const plug = at.client();
      for (let poll = 0; poll < 4; poll += 1)
        expect(await plug.read()).toMatchObject({ watts: null, counterWh: null, relay: true });
      // Once, in the batch that also brought the list of what it can do.
      expect(energyAsked(at)).toEqual([1, 0, 0]);
      expect(at.tapo.seqs).toHaveLength(4);
      await plug.relay.switchTo(false, NEVER);
      expect(at.outlet.relay).toBe(false);
    }),
  );

  it('is asked once for each time the plug was away', () =>
    using('P110', async (at) => {
      const plug = at.client();
      for (let poll = 0; poll < 3; poll += 1) await plug.read();
      expect(at.tapo.asked.get('component_nego')).toBe(1);
      await at.tapo.stop();
      await expect(passing(at.clock, plug.read())).rejects.toThrow();
      await at.tapo.start(at.host, at.port);
      for (let poll = 0; poll < 3; poll += 1) await plug.read();
      expect(at.tapo.asked.get('component_nego')).toBe(2);
    }));

  it('grows with its firmware: what was absent is asked again', () =>
    using('P110', async (at) => {
      at.tapo.behave({ emeter: false });
      const plug = at.client();
      await plug.read();
      expect((await plug.read()).volts).toBeNull();
      at.tapo.behave({ emeter: true, reportedFirmware: '1.5.0 Build 261101 Rel.100000' });
      await plug.read();
      expect((await plug.read()).volts).toBe(230);
    }));

  it('is never looked for with a method that some plugs do not survive', () =>
    using('P100', async (at) => {
      const plug = at.client();
      for (let hour = 0; hour < 30; hour += 1) {
        await plug.read();
        at.clock.jump(3_600_000);
      }
      await plug.history(0, at.clock.nowMs());
      expect([...at.tapo.asked.keys()].toSorted()).toEqual([
        'component_nego',
        'get_device_info',
        'get_device_time',
        'get_energy_usage',
      ]);
    }));
});

describe('a plug that trips', () => {
  it.each([
    [{ overheated: true }, 'overheated'],
    [{ overloaded: true }, 'overpower'],
  ])('%j stays off, says why, and is not switched on by reading it', (fault, flag) =>
    using('P110', async (at) => {
      const plug = at.client();
      await plug.read();
      at.tapo.behave(fault);
      for (let poll = 0; poll < 3; poll += 1)
        expect(await plug.read()).toMatchObject({ relay: false, watts: 0, flags: [flag] });
      expect(at.tapo.executed).toEqual([]);
    }),
  );

  it('forgets its overload when a person switches it on again', () =>
    using('P110', async (at) => {
      at.tapo.behave({ overloaded: true });
      const plug = at.client();
      await plug.read();
      await plug.relay.switchTo(true, NEVER);
      expect(await plug.read()).toMatchObject({ relay: true, flags: [] });
    }));
});

describe('today’s counter', () => {
  it.each([
    ['Europe/Paris', '2026-10-25T22:59:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T12:59:00Z'],
    ['America/St_Johns', '2026-11-01T02:29:00Z'],
    ['Asia/Kolkata', '2026-05-01T18:29:00Z'],
    ['Pacific/Chatham', '2026-09-26T11:14:00Z'],
  ])('of a plug in %s starts anew at its midnight, a minute after %s', async (zone, beforeMidnight) => {
    const at = await bench({ startMs: Date.parse(beforeMidnight) - 10 * 3_600_000 });
    try {
      at.tapo.behave({ zone });
      const plug = at.client();
      at.clock.jump(10 * 3_600_000);
      expect((await plug.read()).counterWh).toBe(741);
      at.clock.jump(2 * 60_000);
      expect((await plug.read()).counterWh).toBe(1);
    } finally {
      await at.close();
    }
  });
});
