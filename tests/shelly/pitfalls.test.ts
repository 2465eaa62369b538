import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedShellyOptions } from '../../adapters/simulator/shelly.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import { type MeterState, meter, NEW_METER } from '../../model/meter.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { mosquittoPub, mosquittoRetained } from '../support/mosquitto.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { advanceTo, type Bench, bench, DEVICE, Told, WATTS } from './bench.ts';

const POLL_MS = 30_000;
const TS = 1_788_945_292.88;

/** What users of real plugs ran into. */
describe('a pitfall of Shelly plugs:', () => {
  let clock: FakeClock;
  let table: Bench;
  let told: Told;
  /** How often its settings were looked at: the schedules come last. */
  let looks: number;

  beforeEach(async () => {
    clock = new FakeClock();
    table = await bench(clock);
    told = new Told();
    looks = 0;
    await table.bus.subscribe(`offair-test/${DEVICE}/rpc`, ({ payload }) => {
      if (payload.toString().includes('"jobs"')) looks += 1;
    });
  });
  afterEach(() => table.close());

  const pair = async (options: Partial<SimulatedShellyOptions> = {}) => {
    const plug = table.plug({ device: DEVICE });
    await plug.start(told.sink);
    const shelly = await table.shelly(options);
    await until('the plug has come online', () => told.readings.length >= 2);
    await plug.read();
    await until('its settings were looked at', () => looks > 0);
    told.readings.length = 0;
    return { plug, shelly };
  };
  const notify = (component: object) => {
    const frame = {
      src: DEVICE,
      dst: `${DEVICE}/events`,
      method: 'NotifyStatus',
      params: { ts: TS, 'switch:0': component },
    };
    mosquittoPub(table.broker.port, `${DEVICE}/events/rpc`, JSON.stringify(frame));
  };
  /** Energy of what was told, Wh, as the daemon counts it. */
  const counted = () => {
    let state: MeterState = NEW_METER;
    let wh = 0;
    for (const reading of told.readings) {
      const settings = { runId: 'run', expectedIntervalMs: POLL_MS, maxWatts: 3680, labels: [] };
      const metered = meter(state, reading, settings);
      state = metered.state;
      for (const slice of metered.increments) wh += slice.counterWh + slice.integratedWh + slice.gapWh;
    }
    return wh;
  };

  it('an answer to a question of an earlier run is not the answer to ours', async () => {
    const { plug, shelly } = await pair();
    await plug.stop();
    shelly.behave({ answers: 'never' });
    const next = table.plug({ device: DEVICE });
    await next.start(told.sink);
    let ended = false;
    const read = next.read().then(
      () => 'answered',
      (error: Error) => error.message,
    );
    void read.finally(() => {
      ended = true;
    });
    for (let id = 1; id <= 40; id += 1) {
      const result = { 'switch:0': { id: 0, output: true, apower: 5 } };
      mosquittoPub(
        table.broker.port,
        `offair-test/${DEVICE}/rpc`,
        JSON.stringify({ id, src: DEVICE, dst: 'x', result }),
      );
    }
    await advanceTo(clock, 'the end of its patience', () => ended);
    expect(await read).toContain('did not answer');
  });

  it('a steady load is silent for hours, so it is asked', async () => {
    const { plug } = await pair();
    await clock.advance(50_000);
    expect(told.readings).toEqual([]);
    expect(await plug.read()).toMatchObject({ watts: WATTS, atMs: clock.nowMs() });
  });

  it('what was not told for three polls is unknown, not what it was', async () => {
    await pair();
    clock.jump(3 * POLL_MS + 1);
    notify({ current: 0.3 });
    await until('a reading', () => told.readings.length > 0);
    expect(told.last).toMatchObject({ amps: 0.3, watts: null, relay: null, counterWh: null });
  });

  it('a message that is delivered twice counts once', async () => {
    await pair();
    notify({ aenergy: { total: 30 }, apower: 60 });
    await until('the first', () => told.readings.length === 1);
    clock.jump(60_000);
    notify({ aenergy: { total: 31 }, apower: 60 });
    notify({ aenergy: { total: 31 }, apower: 60 });
    await until('the other two', () => told.readings.length === 3);
    expect(counted()).toBeCloseTo(1, 6);
  });

  it('a counter that was cleared takes no energy away', async () => {
    const { plug, shelly } = await pair();
    told.readings.push(await plug.read());
    clock.jump(600_000);
    told.readings.push(await plug.read());
    shelly.resetCounter();
    clock.jump(600_000);
    told.readings.push(await plug.read());
    expect(told.readings.map(({ counterWh }) => counterWh).at(-1)).toBeCloseTo((WATTS * 600) / 3600, 1);
    expect(counted()).toBeCloseTo((WATTS * 1200) / 3600, 1);
  });

  it('online goes true, false, true when it takes its own connection over: it was never gone', async () => {
    const { plug, shelly } = await pair();
    const online: string[] = [];
    await table.bus.subscribe(`${DEVICE}/online`, ({ payload, retained }) => {
      if (!retained) online.push(payload.toString());
    });
    await shelly.takeOver();
    await until('the will of the old connection', () => online.includes('false') && online.includes('true'));
    await plug.read();
    await clock.advance(10_000);
    expect(told.offline).toEqual([]);
  });

  it('online stays false although it speaks: it is there', async () => {
    mosquittoPub(table.broker.port, `${DEVICE}/online`, 'false', true);
    const plug = table.plug({ device: DEVICE });
    await plug.start(told.sink);
    notify({ apower: 5 });
    await until('a reading', () => told.last?.watts === 5);
    await clock.advance(10_000);
    expect(told.offline).toEqual([]);
  });

  it('two devices with one client id throw each other off: that is told', async () => {
    const plug = table.plug({ device: DEVICE });
    await plug.start(told.sink);
    for (let flip = 0; flip < 5; flip += 1) mosquittoPub(table.broker.port, `${DEVICE}/online`, 'true');
    await until('the trouble', () => told.troubles.length > 0);
    expect(told.troubles).toEqual([expect.stringContaining('does another device use its client id')]);
  });

  it('all plugs say online again when our connection comes back: they are not asked all at once', async () => {
    await pair();
    const requests: string[] = [];
    await table.bus.subscribe(`${DEVICE}/rpc`, ({ payload }) => requests.push(payload.toString()));
    let replayed = false;
    await table.bus.subscribe(`${DEVICE}/online`, ({ retained }) => {
      replayed ||= retained;
    });
    await until('the replay', () => replayed);
    await table.bus.publish('done', '');
    expect(requests).toEqual([]);
    await clock.advance(3000);
    await until('it is asked', () => requests.length > 0);
  });

  it('a command that stays on the broker would switch again: none does', async () => {
    const { plug } = await pair();
    await plug.relay?.switchTo(false, clock.monotonicMs() + 10_000);
    expect(mosquittoRetained(table.broker.port, `${DEVICE}/rpc`)).toBe('');
  });

  it('a trip by overpower opens the relay: a fault, until it is switched on again', async () => {
    const { plug, shelly } = await pair();
    shelly.trip('overpower');
    expect(await plug.read()).toMatchObject({ relay: false, watts: 0, flags: ['overpower'] });
    await plug.relay?.switchTo(true, clock.monotonicMs() + 10_000);
    expect(await plug.read()).toMatchObject({ relay: true, flags: [] });
  });

  it.each([
    ['Switch.GetConfig', { auto_off: true, auto_off_delay: 300 }, /switches itself off after 300 s \(auto_off\)/],
    ['Switch.GetConfig', { auto_on: true, auto_on_delay: 5 }, /switches itself on after 5 s \(auto_on\)/],
    ['Switch.GetConfig', { initial_state: 'off' }, /stays off after a power cut/],
    ['MQTT.GetConfig', { rpc_ntf: false }, /rpc_ntf\) off: its changes are seen at the next poll only/],
    ['MQTT.GetConfig', { rpc_ntf: false, status_ntf: true }, /who switches it by hand is seen at the next poll only/],
    [
      'Schedule.List',
      { jobs: [{ id: 1, enable: true, calls: [{ method: 'Switch.Set', params: { id: 0, on: false } }] }] },
      /switched by a schedule of its own/,
    ],
  ])('%s has %j: that is told once, and again only when it comes back', async (method, settings, words) => {
    const { shelly } = await pair();
    const set = async (change: Record<string, unknown>) => {
      const before = looks;
      shelly.configure({ [method]: change });
      await until('its settings were looked at', () => looks > before);
    };
    await set(settings);
    await set(settings);
    expect(told.troubles).toEqual([expect.stringMatching(words)]);
    await set({});
    await set(settings);
    expect(told.troubles).toHaveLength(2);
  });

  it('factory settings (status_ntf off) are enough', async () => {
    const { plug } = await pair();
    table.outlet.setLoad(() => 20);
    await advanceTo(clock, 'the change', () => told.last?.watts === 20);
    expect((await plug.read()).watts).toBe(20);
    expect(told.troubles).toEqual([]);
  });
});

describe('a pitfall of brokers:', () => {
  const file = join(tempFolder(), 'acl');

  it('the access list forgets the topic of the answers: it is told which rights are missing', async () => {
    const clock = new FakeClock();
    writeFileSync(file, 'topic readwrite #\ntopic deny offair-test/#\n');
    const table = await bench(clock, [`acl_file ${file}`]);
    try {
      const told = new Told();
      const plug = table.plug({ device: DEVICE });
      await plug.start(told.sink);
      await table.shelly();
      await until('it speaks', () => told.readings.length > 0);
      const error = plug.read().catch((reason: unknown) => reason);
      await clock.advance(3000);
      expect(await error).toBeInstanceOf(PlugProtocolError);
      expect(String(await error)).toContain(
        `in the broker's access list it must be allowed to read ${DEVICE}/rpc and to write offair-test/${DEVICE}/rpc`,
      );
    } finally {
      await table.close();
    }
  });
});
