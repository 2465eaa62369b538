import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedShelly } from '../../adapters/simulator/shelly.ts';
import type { PlugDevice } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { mosquittoPub } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, DEVICE, Told } from './bench.ts';

const SECONDS = 120;

interface Request {
  method: string;
  params: { on?: boolean; toggle_after?: number };
}

describe('a cut with a dead man’s timer', () => {
  let clock: FakeClock;
  let table: Bench;
  let told: Told;
  let shelly: SimulatedShelly;
  let plug: PlugDevice;
  let switches: Request['params'][];

  beforeEach(async () => {
    clock = new FakeClock();
    table = await bench(clock);
    told = new Told();
    switches = [];
    await table.bus.subscribe(`${DEVICE}/rpc`, ({ payload }) => {
      const { method, params }: Request = JSON.parse(payload.toString());
      if (method === 'Switch.Set') switches.push(params);
    });
    shelly = await table.shelly();
    plug = table.plug({ device: DEVICE, deadManSeconds: SECONDS });
    await plug.start(told.sink);
  });
  afterEach(() => table.close());

  const switchTo = async (on: boolean) => {
    await plug.relay?.switchTo(on, clock.monotonicMs() + 10_000);
  };
  /** The time to the next renewal passes, and what is then said over real sockets gets its turn. */
  const pass = async (renewals: number) => {
    for (let renewal = 0; renewal < renewals; renewal += 1) {
      await clock.advance((SECONDS * 1000) / 4);
      // Who the plug is, how it stands, the renewal: each answered before the next read is.
      for (let exchange = 0; exchange < 3; exchange += 1) await plug.read();
    }
  };

  it('gives the power back by itself when the daemon is dead', async () => {
    await switchTo(false);
    expect(switches).toEqual([{ id: 0, on: false, toggle_after: SECONDS }]);
    expect(table.outlet.relay).toBe(false);
    await table.bus.end();
    await clock.advance((SECONDS - 1) * 1000);
    expect(table.outlet.relay).toBe(false);
    await clock.advance(1000);
    expect(table.outlet.relay).toBe(true);
  });

  it('stands for as long as it is renewed', async () => {
    await switchTo(false);
    await pass(6);
    expect(switches).toHaveLength(7);
    expect(table.outlet.relay).toBe(false);
    expect(switches.every(({ on, toggle_after }) => on === false && toggle_after === SECONDS)).toBe(true);
  });

  it('is over with the restore', async () => {
    await switchTo(false);
    await switchTo(true);
    await pass(8);
    expect(switches.map(({ on }) => on)).toEqual([false, true]);
    expect(table.outlet.relay).toBe(true);
  });

  it('is not renewed when the restore could not be sent: then the plug restores itself', async () => {
    await switchTo(false);
    shelly.behave({ answers: 'never' });
    const restore = switchTo(true).catch(() => {});
    await clock.advance(3000);
    await restore;
    shelly.behave({ answers: 'answer' });
    await pass(4);
    expect(switches.map(({ on }) => on)).toEqual([false, true]);
    expect(table.outlet.relay).toBe(true);
  });

  it('is over when somebody switches it on by hand', async () => {
    await switchTo(false);
    shelly.press();
    await until('it is told', () => told.last?.relay === true);
    await pass(8);
    expect(switches).toHaveLength(1);
    expect(table.outlet.relay).toBe(true);
  });

  it('is not renewed when somebody has made it a lasting one by hand', async () => {
    await switchTo(false);
    shelly.press();
    shelly.press();
    await pass(8);
    expect(switches).toHaveLength(1);
    expect(table.outlet.relay).toBe(false);
  });

  it('gives way at once when somebody switches on in the very moment of a renewal', async () => {
    await switchTo(false);
    await pass(1);
    // The look shows it off; the button is pressed before the renewal arrives.
    shelly.behave({ rpcNotifications: false });
    let pressed = false;
    await table.bus.subscribe(`offair-test/${DEVICE}/rpc`, ({ payload }) => {
      if (pressed || !payload.toString().includes('"aenergy"')) return;
      pressed = true;
      table.outlet.switchTo(true);
    });
    await clock.advance((SECONDS * 1000) / 4);
    await until('it is given back', () => switches.length === 4);
    await plug.read();
    expect(table.outlet.relay).toBe(true);
    await pass(4);
    expect(table.outlet.relay).toBe(true);
    expect(switches.map(({ on }) => on)).toEqual([false, false, false, true]);
  });

  it('is made anew after a power cut that has ended the timer', async () => {
    await switchTo(false);
    await shelly.reboot();
    await pass(1);
    expect(switches).toHaveLength(2);
    await table.bus.end();
    await clock.advance(SECONDS * 1000);
    expect(table.outlet.relay).toBe(true);
  });

  it('is left to the plug at a stop, and taken up again by the next start', async () => {
    await switchTo(false);
    await plug.stop();
    await clock.advance((SECONDS / 2) * 1000);
    expect(switches).toHaveLength(1);
    plug = table.plug({ device: DEVICE, deadManSeconds: SECONDS });
    await plug.start(told.sink);
    expect((await plug.read()).relay).toBe(false);
    await pass(1);
    expect(switches).toHaveLength(2);
    expect(table.outlet.relay).toBe(false);
  });

  it('of an earlier run is not renewed for a plug that is essential now, nor in a dry run: the plug restores itself', async () => {
    await switchTo(false);
    await plug.stop();
    plug = table.plug({ device: DEVICE, deadManSeconds: SECONDS }, 'key-light', false);
    await plug.start(told.sink);
    expect((await plug.read()).relay).toBe(false);
    await pass(4);
    expect(switches).toHaveLength(1);
    expect(table.outlet.relay).toBe(true);
  });

  it('of somebody else is left alone', async () => {
    mosquittoPub(table.broker.port, `${DEVICE}/command/switch:0`, `off,${SECONDS}`);
    await until('it is off', () => !table.outlet.relay);
    await plug.read();
    await pass(4);
    expect(switches).toEqual([]);
    expect(table.outlet.relay).toBe(true);
  });

  it('is not there unless it is asked for', async () => {
    const other = table.plug({ device: DEVICE, topicPrefix: DEVICE }, 'other');
    await other.start(told.sink);
    await other.relay?.switchTo(false, clock.monotonicMs() + 10_000);
    expect(switches).toEqual([{ id: 0, on: false }]);
  });
});
