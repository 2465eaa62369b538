import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import type { SimulatedShellyOptions } from '../../adapters/simulator/shelly.ts';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice, Relay } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { mosquittoPub } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';
import { advanceTo as advance, type Bench, bench, DEVICE, MAC, Told, WATTS } from './bench.ts';

const POLL_MS = 30_000;
const METER = 'shellyplugpmg3-907069531520';

describe('a Shelly plug of generation 2 to 4', () => {
  let clock: FakeClock;
  let table: Bench;
  let told: Told;

  beforeEach(async () => {
    clock = new FakeClock();
    table = await bench(clock);
    told = new Told();
  });
  afterEach(async () => {
    await table.close();
  });

  /** The adapter's plug, started. */
  const started = async (settings: Record<string, unknown> = {}): Promise<PlugDevice> => {
    const plug = table.plug({ device: DEVICE, ...settings });
    await plug.start(told.sink);
    return plug;
  };
  /** Both ends; what the plug said when it came online is over. */
  const pair = async (options: Partial<SimulatedShellyOptions> = {}, settings: Record<string, unknown> = {}) => {
    const plug = await started(settings);
    const shelly = await table.shelly(options);
    await until('the plug has come online', () => told.readings.length >= 2);
    told.readings.length = 0;
    return { plug, shelly };
  };
  const relayOf = ({ relay }: PlugDevice): Relay => {
    if (!relay) throw new Error('no relay');
    return relay;
  };
  const soon = () => clock.monotonicMs() + 10_000;
  const advanceTo = (what: string, happened: () => boolean) => advance(clock, what, happened);
  const raw = (topic: string, payload: unknown, retain = false) =>
    mosquittoPub(
      table.broker.port,
      `${DEVICE}/${topic}`,
      typeof payload === 'string' ? payload : JSON.stringify(payload),
      retain,
    );
  const notify = (component: object, ts = 1_788_945_292.88, key = 'switch:0') =>
    raw('events/rpc', {
      src: DEVICE,
      dst: `${DEVICE}/events`,
      method: 'NotifyStatus',
      params: { ts, [key]: component },
    });

  describe('tells', () => {
    it('a whole reading as soon as it comes online', async () => {
      await started();
      await table.shelly();
      await until('a reading', () => told.readings.length > 0);
      expect(told.last).toMatchObject({
        plug: 'key-light',
        watts: WATTS,
        relay: true,
        feed: 'on-change',
        volts: 231.7,
      });
    });

    it('each change of the watts that is worth it', async () => {
      await pair();
      table.outlet.setLoad(() => 20);
      await advanceTo('the change', () => told.readings.length > 0);
      expect(told.readings[0]).toMatchObject({ watts: 20, relay: true });
      told.readings.length = 0;
      table.outlet.setLoad(() => 20.9);
      await clock.advance(10_000);
      table.outlet.setLoad(() => 30);
      await advanceTo('the next change', () => told.last?.watts === 30);
      expect(told.readings.map(({ watts }) => watts)).not.toContain(20.9);
    });

    it('what somebody else switched, at once', async () => {
      await pair();
      raw('command/switch:0', 'off');
      await until('the relay', () => told.readings.some(({ relay }) => relay === false));
    });

    it.each(['all', 'energy'] as const)('its counter each minute, in the dialect of %s', async (minute) => {
      const { shelly } = await pair();
      shelly.behave({ minute });
      await advanceTo('the minute', () => (told.last?.counterWh ?? 0) > 21);
      expect(told.last).toMatchObject({ watts: WATTS, relay: true });
    });

    it('nothing by a message of counts, except that it is there', async () => {
      await pair();
      notify({ counts: { on_time: 5 } });
      notify({ apower: 5 });
      await until('the other message', () => told.readings.length > 0);
      expect(told.readings.map(({ watts }) => watts)).toEqual([5]);
    });

    it('its outlets one by one when it is a strip', async () => {
      const second = new SimulatedOutlet(clock, () => 12);
      const { plug } = await pair({ moreOutlets: [second] }, { channel: 1 });
      expect((await plug.read()).watts).toBe(12);
      table.outlet.setLoad(() => 500);
      second.setLoad(() => 40);
      await advanceTo('the second outlet', () => told.last?.watts === 40);
      expect(told.readings.every(({ watts }) => watts === 40)).toBe(true);
      await relayOf(plug).switchTo(false, soon());
      expect([table.outlet.relay, second.relay]).toEqual([true, false]);
    });

    it('its faults, until it says that they are over', async () => {
      const { shelly } = await pair();
      shelly.trip('overpower');
      await until('the fault', () => told.last?.flags.includes('overpower') ?? false);
      expect(told.last?.relay).toBe(false);
      notify({ errors: null, output: true });
      notify({ apower: 5 });
      await until('the end of the fault', () => told.last?.watts === 5);
      expect(told.last?.flags).toEqual([]);
    });

    it('that its clock is not set', async () => {
      const { shelly } = await pair();
      shelly.behave({ clockSynced: false });
      table.outlet.setLoad(() => 20);
      await advanceTo('a change', () => told.last?.watts === 20);
      expect(told.last?.flags).toEqual(['clock-unset']);
      expect(told.last?.atMs).toBeLessThanOrEqual(clock.nowMs());
      expect(told.last?.atMs).toBeGreaterThan(clock.nowMs() - 60_000);
    });
  });

  describe('is believed', () => {
    it('only in its notifications for the relay, not in status/*', async () => {
      const { plug, shelly } = await pair();
      shelly.behave({ statusNotifications: true, invertedStatusOutput: true });
      await relayOf(plug).switchTo(false, soon());
      table.outlet.switchTo(true);
      await advanceTo('all its messages', () => told.last?.watts === WATTS && told.last.relay === true);
      const [first] = told.readings;
      expect(first?.relay).toBe(false);
      expect((await plug.read()).relay).toBe(true);
    });

    it('in status/* for its watts', async () => {
      await pair();
      raw('status/switch:0', { id: 0, apower: 33, output: false });
      await until('a reading', () => told.readings.length > 0);
      expect(told.last).toMatchObject({ watts: 33, relay: true });
    });

    it('in each status/* of a plug that notifies nothing, and once where it does both', async () => {
      await pair();
      for (let count = 0; count < 3; count += 1) {
        raw('status/switch:0', { id: 0, apower: 33, output: true });
        await until('a reading', () => told.readings.length === count + 1);
        clock.jump(1000);
      }
      notify({ apower: 40 });
      raw('status/switch:0', { id: 0, apower: 40, output: true });
      notify({ apower: 41 });
      await until('what came after', () => told.last?.watts === 41);
      expect(told.readings.map(({ watts }) => watts)).toEqual([33, 33, 33, 40, 41]);
    });

    it('not in what the broker replays', async () => {
      raw('events/rpc', { src: DEVICE, method: 'NotifyStatus', params: { ts: 1, 'switch:0': { apower: 999 } } }, true);
      raw('status/switch:0', { id: 0, apower: 999, output: true }, true);
      raw('online', 'true', true);
      await started();
      notify({ apower: 5 });
      await until('something live', () => told.readings.length > 0);
      expect(told.readings.map(({ watts }) => watts)).toEqual([5]);
    });

    it('not in the zero of its meter right after a boot', async () => {
      const { shelly } = await pair();
      await shelly.reboot();
      await until('its first words', () => told.readings.length >= 1);
      expect(told.readings[0]?.watts).toBeNull();
      await advanceTo('its watts', () => told.last?.watts === WATTS);
    });

    it('when its counter begins anew', async () => {
      const { shelly } = await pair();
      await shelly.reboot('zero');
      await until('its counter', () => told.last?.counterWh === 0);
    });

    it.each([
      ['{"switch:0":{"apower":tr', /no JSON object/],
      ['[1]', /no JSON object/],
      [{ src: DEVICE, method: 'NotifyStatus' }, /without params/],
      [{ src: DEVICE, method: 'NotifyStatus', params: { 'switch:0': { apower: 'NaN' } } }, /switch:0: apower is "NaN"/],
      [{ src: DEVICE, method: 'NotifyStatus', params: { 'switch:0': 5 } }, /is no object/],
    ])('not when it sends %j: that is told once', async (payload, why) => {
      await started();
      raw('events/rpc', payload);
      raw('events/rpc', payload);
      await until('the trouble', () => told.troubles.length > 0);
      expect(told.readings).toEqual([]);
      expect(told.troubles.join()).toMatch(why);
      expect(told.troubles.join()).toContain(`${DEVICE}/events/rpc`);
      notify({ apower: 5 });
      await until('it is well again', () => told.readings.length === 1);
      expect(told.troubles).toHaveLength(1);
    });

    it('when its messages are bigger than they need to be, but not beyond measure', async () => {
      const { shelly } = await pair();
      shelly.behave({ paddingBytes: 300_000 });
      table.outlet.setLoad(() => 20);
      await clock.advance(5000);
      shelly.behave({ paddingBytes: 50_000 });
      table.outlet.setLoad(() => 40);
      await advanceTo('the smaller one', () => told.last?.watts === 40);
      expect(told.readings.map(({ watts }) => watts)).not.toContain(20);
    });
  });

  describe('answers', () => {
    it('with what it measures now, with a prefix of several levels', async () => {
      const topicPrefix = 'shelly/ug/heizraum/trockner';
      await table.shelly({ prefix: topicPrefix });
      const plug = await started({ topicPrefix });
      expect(await plug.read()).toMatchObject({ watts: WATTS, relay: true, celsius: 45.9 });
      expect(await relayOf(plug).identity()).toBe(MAC);
    });

    it('without a relay when it only measures', async () => {
      const { plug } = await pair({ device: METER }, { device: METER, component: 'pm1' });
      expect(plug.relay).toBeNull();
      expect(await plug.read()).toMatchObject({ watts: WATTS, relay: null });
    });

    it('twice, or after the time-out: the first in time counts', async () => {
      const { plug, shelly } = await pair();
      shelly.behave({ answers: 'twice' });
      expect((await plug.read()).watts).toBe(WATTS);
      shelly.behave({ answers: 'answer', answerDelayMs: 5000 });
      const late = expect(plug.read()).rejects.toThrow(/did not answer Shelly.GetStatus within 3 s/);
      await advanceTo('the time-out', () => clock.monotonicMs() > 10_000);
      await late;
      shelly.behave({ answerDelayMs: 0 });
      expect((await plug.read()).watts).toBe(WATTS);
    });

    it('for itself only: another device on its topics is trouble', async () => {
      await table.shelly({ device: 'shellyplugsg3-0123456789ab', prefix: DEVICE });
      const plug = await started();
      const refused = expect(plug.read()).rejects.toThrow(PlugUnreachable);
      await until('the trouble', () => told.troubles.length > 0);
      await clock.advance(3000);
      await refused;
      expect(told.troubles[0]).toContain('shellyplugsg3-0123456789ab');
    });
  });

  describe('is switched', () => {
    it('by one command that it confirms, and its old state is no longer told', async () => {
      const { plug, shelly } = await pair();
      await relayOf(plug).switchTo(false, soon());
      expect(shelly.executed).toEqual([{ component: 'switch:0', on: false, by: 'rpc' }]);
      expect(told.readings.every(({ relay }) => relay !== true)).toBe(true);
      expect(await plug.read()).toMatchObject({ relay: false, watts: 0 });
    });

    it('not when it refuses: its words are passed on', async () => {
      await table.shelly({ device: METER });
      const plug = await started({ device: METER });
      const error = await relayOf(plug)
        .switchTo(false, soon())
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PlugProtocolError);
      expect(String(error)).toContain('No handler for Switch.Set (code 404)');
    });

    it('not by a command from before it was back', async () => {
      const { plug, shelly } = await pair();
      await shelly.stop();
      const lost = expect(relayOf(plug).switchTo(false, soon())).rejects.toThrow(PlugUnreachable);
      await clock.advance(3000);
      await lost;
      await shelly.start();
      told.readings.length = 0;
      await until('it is back', () => told.readings.length > 0);
      expect((await plug.read()).relay).toBe(true);
      expect(shelly.executed).toEqual([]);
    });

    it('not by a command from before the broker was back', async () => {
      const { plug, shelly } = await pair();
      await table.broker.down();
      await until('the loss', () => !table.bus.connected);
      await expect(relayOf(plug).switchTo(false, soon())).rejects.toThrow(/nothing was sent on .*\/rpc/);
      await table.broker.up();
      await advanceTo('it is back', () => table.bus.connected && told.readings.length > 0);
      expect((await plug.read()).relay).toBe(true);
      expect(shelly.executed).toEqual([]);
    });

    it('not by whoever waits for an answer when the broker leaves', async () => {
      const { plug, shelly } = await pair();
      shelly.behave({ answers: 'never' });
      const read = expect(plug.read()).rejects.toThrow(/the broker left/);
      await table.broker.down();
      await read;
    });

    it('for the given time when somebody else says so', async () => {
      const { plug } = await pair();
      raw('command/switch:0', 'off,20');
      await until('it is off', () => !table.outlet.relay);
      await clock.advance(20_000);
      expect((await plug.read()).relay).toBe(true);
    });

    it.each(['rpc', 'command', 'command/switch:0'])(
      'again and again by a retained message on %s: that is trouble',
      async (topic) => {
        raw(topic, 'off', true);
        await started();
        await until('the trouble', () => told.troubles.length > 0);
        expect(told.troubles[0]).toContain(`mosquitto_pub -r -n -t '${DEVICE}/${topic}'`);
      },
    );
  });

  describe('is gone', () => {
    it('when the broker sends its will and nothing follows for 5 s', async () => {
      const { shelly } = await pair();
      let will = false;
      await table.bus.subscribe(`${DEVICE}/online`, ({ payload, retained }) => {
        will ||= !retained && payload.toString() === 'false';
      });
      await shelly.stop();
      await until('the will', () => will);
      await clock.advance(4900);
      expect(told.offline).toEqual([]);
      await clock.advance(200);
      expect(told.offline).toEqual([expect.stringContaining('the broker says that it is gone')]);
    });

    it('not when the will is followed by data', async () => {
      const { plug } = await pair();
      raw('online', 'false', true);
      await table.bus.publish('done', '');
      await plug.read();
      await clock.advance(10_000);
      expect(told.offline).toEqual([]);
    });

    it('when it is silent for more than three polls, and is so once', async () => {
      await started();
      await clock.advance(3 * POLL_MS - 1);
      expect(told.offline).toEqual([]);
      await clock.advance(4 * POLL_MS);
      expect(told.offline).toEqual([expect.stringContaining('silent for 90 s')]);
    });

    it('and comes back with a reading', async () => {
      const { shelly } = await pair();
      // Its last words may still be on the way: the silence begins after them.
      const goneAgain = (times: number) =>
        until(`it is gone for the ${times}. time`, async () => {
          await clock.advance(POLL_MS);
          return told.offline.length === times;
        });
      await shelly.stop();
      await goneAgain(1);
      await shelly.start();
      await until('a reading', () => told.readings.length > 0);
      await shelly.stop();
      await goneAgain(2);
    });

    it('never silently when the broker restarts: its readings go on', async () => {
      const { plug } = await pair();
      await table.broker.down();
      await until('the loss', () => !table.bus.connected);
      await expect(plug.read()).rejects.toThrow(PlugUnreachable);
      await table.broker.up();
      await advanceTo('the plug is back', () => table.bus.connected && told.readings.length > 0);
      table.outlet.setLoad(() => 20);
      await advanceTo('a change', () => told.last?.watts === 20);
    });

    it('for good when it is stopped: nothing is told any more', async () => {
      const { plug, shelly } = await pair();
      await plug.stop();
      await shelly.stop();
      notify({ apower: 5 });
      await clock.advance(10 * POLL_MS);
      expect([told.readings, told.offline, told.troubles]).toEqual([[], [], []]);
    });
  });
});
