import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import type { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { mosquittoPub } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';
import { advanceTo, type Bench, bench, Told } from './bench.ts';

const STRIP = 'shellypstripg4-d885ac0f1234';
const WATTS = [74.1, 12, 40, 5];

describe('the four outlets of a Shelly Power Strip', () => {
  let clock: FakeClock;
  let table: Bench;
  let told: Told[];
  let plugs: PlugDevice[];
  let outlets: SimulatedOutlet[];
  let strip: SimulatedShelly;
  let requests: string[];

  beforeEach(async () => {
    clock = new FakeClock();
    table = await bench(clock);
    requests = [];
    await table.bus.subscribe(`${STRIP}/rpc`, ({ payload }) => requests.push(JSON.parse(payload.toString()).method));
    const more = WATTS.slice(1).map((watts) => new SimulatedOutlet(clock, () => watts));
    outlets = [table.outlet, ...more];
    told = WATTS.map(() => new Told());
    plugs = WATTS.map((_, channel) => table.plug({ device: STRIP, generation: 4, channel }, `outlet-${channel}`));
    await Promise.all(plugs.map((plug, index) => plug.start((told[index] ?? new Told()).sink)));
    strip = await table.shelly({ device: STRIP, moreOutlets: more });
    await until('all have come online', () => told.every(({ readings }) => readings.length >= 2));
    await until('it was looked at', () => requests.includes('Schedule.List'));
    requests.length = 0;
  });
  afterEach(() => table.close());

  it('are read by one question when they are asked together', async () => {
    const readings = await Promise.all(plugs.map((plug) => plug.read()));
    expect(readings.map(({ plug, watts }) => [plug, watts])).toEqual(WATTS.map((w, i) => [`outlet-${i}`, w]));
    expect(requests).toEqual(['Shelly.GetStatus']);
  });

  it('are asked anew after one was switched', async () => {
    const before = plugs[0]?.read();
    await plugs[0]?.relay?.switchTo(false, clock.monotonicMs() + 10_000);
    expect((await plugs[0]?.read())?.relay).toBe(false);
    await before;
    expect(requests.filter((method) => method === 'Shelly.GetStatus')).toHaveLength(2);
  });

  it('are switched one by one', async () => {
    await plugs[2]?.relay?.switchTo(false, clock.monotonicMs() + 10_000);
    expect(outlets.map(({ relay }) => relay)).toEqual([true, true, false, true]);
    expect(strip.executed).toEqual([{ component: 'switch:2', on: false, by: 'rpc' }]);
  });

  it('each tell their own changes', async () => {
    for (const one of told) one.readings.length = 0;
    outlets[1]?.setLoad(() => 90);
    await advanceTo(clock, 'the change', () => told[1]?.last?.watts === 90);
    expect(told.map(({ readings }) => readings.some(({ watts }) => watts === 90))).toEqual([false, true, false, false]);
  });

  it('do not suffer from one whose part of a message is refused', async () => {
    const params = { ts: 1_788_945_292.88, 'switch:0': { apower: 'NaN' }, 'switch:1': { apower: 33 } };
    const frame = { src: STRIP, dst: `${STRIP}/events`, method: 'NotifyStatus', params };
    mosquittoPub(table.broker.port, `${STRIP}/events/rpc`, JSON.stringify(frame));
    await until('the other one', () => told[1]?.last?.watts === 33);
    expect(told[0]?.troubles).toEqual([expect.stringContaining('switch:0: apower is "NaN"')]);
  });

  it('all hear that the strip is gone, and go on one without the other', async () => {
    await plugs[3]?.stop();
    await strip.stop();
    await advanceTo(clock, 'it is gone', () => told.slice(0, 3).every(({ offline }) => offline.length > 0));
    expect(told.map(({ offline }) => offline.length)).toEqual([1, 1, 1, 0]);
    await strip.start();
    await until('they are back', () => told.slice(0, 3).every(({ last }) => last?.monotonicMs === clock.monotonicMs()));
    expect((await plugs[0]?.read())?.watts).toBe(WATTS[0]);
  });

  it('can not have two topic prefixes', () => {
    expect(() => table.plug({ device: STRIP, channel: 1, topicPrefix: 'desk/strip' }, 'desk')).toThrow(
      `plug desk is an outlet of ${STRIP}, which has the topicPrefix ${STRIP} elsewhere`,
    );
  });
});
