import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { mosquittoPub } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, GEN1_DEVICE, GEN1_MAC, Told, WATTS } from './bench.ts';

const PREFIX = `shellies/${GEN1_DEVICE}`;
const POLL_MS = 30_000;

describe('a Shelly plug of the first generation', () => {
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

  const started = async (): Promise<PlugDevice> => {
    const plug = table.plug({ device: GEN1_DEVICE, generation: 1, mac: GEN1_MAC });
    await plug.start(told.sink);
    return plug;
  };
  const pair = async () => {
    const plug = await started();
    const shelly = await table.gen1();
    await until('its first words', () => told.last?.counterWh === 0);
    told.readings.length = 0;
    return { plug, shelly };
  };
  const raw = (topic: string, text: string, retain = false) =>
    mosquittoPub(table.broker.port, `${PREFIX}/${topic}`, text, retain);
  const soon = () => clock.monotonicMs() + 10_000;
  const switchTo = ({ relay }: PlugDevice, on: boolean) => {
    if (!relay) throw new Error('no relay');
    return relay.switchTo(on, soon());
  };

  it('tells its watts when they change, and everything every 30 s', async () => {
    await pair();
    table.outlet.setLoad(() => 20);
    await clock.advance(1000);
    await until('the change', () => told.last?.watts === 20);
    expect(told.last).toMatchObject({ relay: true, celsius: 24.03, volts: null, feed: 'on-change' });
    await clock.advance(60_000);
    await until('the counter', () => (told.last?.counterWh ?? 0) > 0.3);
  });

  it('counts watt-minutes, told as Wh', async () => {
    await pair();
    raw('relay/0/energy', '176010');
    await until('the counter', () => told.readings.length > 0);
    expect(told.last?.counterWh).toBe(2933.5);
  });

  it('begins its counter anew at each boot', async () => {
    const { plug, shelly } = await pair();
    clock.jump(600_000);
    expect((await plug.read()).counterWh).toBeCloseTo((WATTS * 600) / 3600, 1);
    await shelly.reboot();
    await until('the new counter', () => told.last?.counterWh === 0);
  });

  it('is off with a fault when it protects itself, until its relay moves again', async () => {
    const { plug, shelly } = await pair();
    shelly.trip();
    await until('the fault', () => told.last?.flags.includes('overpower') ?? false);
    expect(told.last?.relay).toBe(false);
    await switchTo(plug, true);
    expect(await plug.read()).toMatchObject({ relay: true, flags: [] });
  });

  it('says when it is too hot', async () => {
    await pair();
    raw('overtemperature', '1');
    raw('relay/0/power', '5.56');
    await until('the watts', () => told.last?.watts === 5.56);
    expect(told.last?.flags).toEqual(['overheated']);
  });

  it('is read from what it publishes by itself when it does not know how to be asked', async () => {
    const { plug, shelly } = await pair();
    shelly.behave({ answersCommands: false });
    const read = plug.read();
    await clock.advance(3000);
    const reading = await read;
    expect(reading).toMatchObject({ watts: WATTS, relay: true });
    expect(reading.monotonicMs).toBe(0);
  });

  it('is not read from words that are older than its own period', async () => {
    const plug = await started();
    for (const [topic, text] of Object.entries({ 'relay/0/power': '5.56', 'relay/0': 'on' })) raw(topic, text);
    await until('its words', () => told.last?.relay === true);
    clock.jump(36_000);
    await expectRejection(plug.read(), PlugUnreachable);
  });

  it('is not read from what the broker replays', async () => {
    for (const [topic, text] of Object.entries({ 'relay/0': 'on', 'relay/0/power': '5.56', 'relay/0/energy': '60' }))
      raw(topic, text, true);
    const plug = await started();
    await expectRejection(plug.read(), PlugUnreachable);
    expect(told.readings).toEqual([]);
  });

  it('is not believed its zero right after a boot', async () => {
    const { shelly } = await pair();
    shelly.behave({ power: '0.00' });
    await shelly.reboot();
    await until('its first words', () => told.readings.length >= 2);
    expect(told.readings.map(({ watts }) => watts)).not.toContain(0);
    raw('relay/0/power', '0.00');
    await until('a second zero', () => told.last?.watts === 0);
  });

  it('is not switched when it does not confirm', async () => {
    const { plug, shelly } = await pair();
    await shelly.stop();
    await expectRejection(switchTo(plug, false), PlugUnreachable);
    told.readings.length = 0;
    await shelly.start();
    await until('it is back', () => told.readings.length > 0);
    expect(shelly.executed).toEqual([]);
    expect(table.outlet.relay).toBe(true);
  });

  it('does not confirm by telling its old state once more', async () => {
    const { plug, shelly } = await pair();
    await shelly.stop();
    const refused = expect(switchTo(plug, false)).rejects.toThrow(PlugUnreachable);
    raw('relay/0', 'on');
    await until('the old state', () => told.readings.length > 0);
    await clock.advance(3000);
    await refused;
  });

  it('is not commanded while the broker is away', async () => {
    const { plug, shelly } = await pair();
    await table.broker.down();
    await until('the loss', () => !table.bus.connected);
    await expect(switchTo(plug, false)).rejects.toThrow(PlugUnreachable);
    await table.broker.up();
    await until('both are back', () => table.bus.connected);
    // It publishes everything again within its period.
    await until('its words', async () => {
      await clock.advance(POLL_MS);
      return told.readings.length > 0;
    });
    expect(shelly.executed).toEqual([]);
  });

  it('that is asked for its MAC and gives none is a mistake in the protocol', async () => {
    const { plug } = await pair();
    raw('announce', '{"id":"x"}');
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles[0]).toContain('is undefined, 12 hex digits were expected');
    expect(await plug.relay?.identity()).toBe(GEN1_MAC);
  });

  it.each([
    ['relay/0/power', 'nan'],
    ['relay/0/energy', '-5'],
    ['relay/0', 'ON'],
    ['info', '{"wifi_sta":'],
  ])('is told as trouble, once, when it says %s %s', async (topic, text) => {
    await started();
    raw(topic, text);
    raw(topic, text);
    raw('relay/0/power', '5');
    await until('the watts', () => told.last?.watts === 5);
    expect(told.troubles).toHaveLength(1);
    expect(told.troubles[0]).toContain(`${PREFIX}/${topic}`);
    expect(told.readings).toHaveLength(1);
  });

  it('fails a read at once that is answered with garbage', async () => {
    const { plug, shelly } = await pair();
    shelly.behave({ garbage: true });
    await expect(plug.read()).rejects.toThrow(PlugProtocolError);
  });

  it.each(['relay/0/command', 'command'])('is in trouble with a retained message on %s', async (topic) => {
    raw(topic, 'off', true);
    await started();
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles[0]).toContain(`mosquitto_pub -r -n -t '${PREFIX}/${topic}'`);
  });

  it('is gone when the broker sends its will and nothing follows', async () => {
    await started();
    let seen = false;
    await table.bus.subscribe(`${PREFIX}/online`, () => {
      seen = true;
    });
    raw('online', 'false');
    await until('the will', () => seen);
    await clock.advance(5000);
    expect(told.offline).toEqual([expect.stringContaining('the broker says that it is gone')]);
  });

  it('is gone when it is silent for three polls', async () => {
    await started();
    await clock.advance(3 * POLL_MS);
    expect(told.offline).toEqual([expect.stringContaining('silent for 90 s')]);
  });

  /** Lets the plug's time-out pass as soon as it waits. */
  async function expectRejection(result: Promise<unknown>, error: new (message: string) => Error): Promise<void> {
    const rejected = expect(result).rejects.toThrow(error);
    await clock.advance(3000);
    await rejected;
  }
});
