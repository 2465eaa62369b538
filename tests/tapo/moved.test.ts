import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import { SimulatedTapoUdp, type UdpPlug } from '../../adapters/simulator/tapo-udp.ts';
import { tapoFactory } from '../../adapters/tapo/index.ts';
import type { TapoPlug } from '../../adapters/tapo/plug.ts';
import { type Execution, execute } from '../../daemon/switcher.ts';
import { PlugUnreachable } from '../../model/errors.ts';
import { adapterDeps, memoryOf } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { passing as timePassing } from '../support/passing.ts';
import { ACCOUNT, MAC } from './studio.ts';

const SECRETS: Record<string, string> = { tapo_username: ACCOUNT.username, tapo_password: ACCOUNT.password };
const OWN_WATTS = 74.116;
const OTHER_WATTS = 1500;

let clock: FakeClock;
let network: SimulatedTapoUdp;
let udpPort: number;
let stops: (() => Promise<void>)[];
const memory = new Map<string, unknown>();
beforeEach(async () => {
  clock = new FakeClock();
  network = new SimulatedTapoUdp();
  udpPort = await network.start();
  stops = [];
  memory.clear();
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await network.stop();
});

function device(mac: string, watts: number, password = ACCOUNT.password): SimulatedTapo {
  const identity = { model: 'P110' as const, mac, nickname: '', firmware: '1.4.6 Build 260101 Rel.120000' };
  const tapo = new SimulatedTapo({
    ...{ clock, ...ACCOUNT, password, ...identity },
    outlet: new SimulatedOutlet(clock, () => watts),
  });
  stops.push(() => tapo.stop());
  return tapo;
}

/** Starts a device at an address and lets it answer searches there. */
async function appear(tapo: SimulatedTapo, mac: string, host: string, port = 0): Promise<UdpPlug> {
  const plug = { host, mac, httpPort: await tapo.start(host, port), owner: ACCOUNT.username };
  await network.join(plug);
  return plug;
}

async function vanish(tapo: SimulatedTapo, plug: UdpPlug): Promise<void> {
  await tapo.stop();
  await network.leave(plug);
}

function configured({ host, httpPort }: UdpPlug): TapoPlug {
  const deps = adapterDeps({ clock, secret: (name) => SECRETS[name], memory: memoryOf(memory) });
  const settings = { adapter: 'tapo' as const, host, port: httpPort, mac: MAC, pollSeconds: 10 };
  const plug = tapoFactory(deps, 0, udpPort)({ id: 'key-light' }, settings);
  stops.push(() => plug.stop());
  return plug;
}

/** Lets time pass until it has happened. */
const passing = <T>(promise: Promise<T>) => timePassing(clock, promise);

const cut = (plug: TapoPlug): Promise<Execution> => {
  const command = { id: 'c', plug: plug.plug, to: 'off', reason: 'idle', by: 'policy', dryRun: false };
  return passing(
    execute(command as never, clock.monotonicMs() + 120_000, {
      clock,
      log: pino({ level: 'silent' }),
      device: () => plug,
      onReading: () => {},
      stillWanted: () => true,
    }),
  );
};

const OWN = '9C-53-22-00-00-01';
const OTHER = '9C-53-22-00-00-99';

describe('a plug that vanishes between the check of its identity and the command', () => {
  it('is not switched in the person of whoever claims to be it elsewhere', async () => {
    const tapo = device(OWN, OWN_WATTS);
    const before = await appear(tapo, OWN, '127.0.13.1');
    const plug = configured(before);
    expect(await plug.relay.identity()).toBe(MAC);
    await vanish(tapo, before);
    // Another plug of ours, as when somebody relays what is said to it.
    const claimed = device(OTHER, OTHER_WATTS);
    await appear(claimed, OWN, '127.0.13.3');
    const command = plug.relay.switchTo(false, clock.monotonicMs() + 60_000);
    await expect(passing(command)).rejects.toThrow(PlugUnreachable);
    expect(claimed.executed).toEqual([]);
  });

  it('is not switched there either when something else has its address by then', async () => {
    const tapo = device(OWN, OWN_WATTS);
    const before = await appear(tapo, OWN, '127.0.13.1');
    const plug = configured(before);
    expect(await plug.relay.identity()).toBe(MAC);
    await vanish(tapo, before);
    await appear(device(OTHER, OTHER_WATTS, 'another'), '9C-53-22-00-00-98', before.host, before.httpPort);
    const claimed = device(OTHER, OTHER_WATTS);
    await appear(claimed, OWN, '127.0.13.3');
    await expect(passing(plug.relay.switchTo(false, clock.monotonicMs() + 60_000))).rejects.toThrow(PlugUnreachable);
    expect(claimed.executed).toEqual([]);
    expect(await cut(plug)).toMatchObject({ outcome: 'refused' });
    expect(claimed.executed).toEqual([]);
  });
});

describe('a plug that has got another address', () => {
  it('is found by its MAC, read and switched there, and after a restart too', async () => {
    const tapo = device(OWN, OWN_WATTS);
    const before = await appear(tapo, OWN, '127.0.13.1');
    const plug = configured(before);
    expect((await plug.read()).watts).toBe(OWN_WATTS);

    await vanish(tapo, before);
    await appear(tapo, OWN, '127.0.13.2');
    expect((await passing(plug.read())).watts).toBe(OWN_WATTS);
    expect(await cut(plug)).toMatchObject({ outcome: 'verified', relay: false });
    expect(tapo.executed.map(({ on }) => on)).toEqual([false]);

    expect((await passing(configured(before).read())).relay).toBe(false);
  });

  it('is found when another plug of ours has its old one; that one is neither read nor switched in its place', async () => {
    const tapo = device(OWN, OWN_WATTS);
    const impostor = device(OTHER, OTHER_WATTS);
    const before = await appear(tapo, OWN, '127.0.13.1');
    const plug = configured(before);
    await plug.read();
    await vanish(tapo, before);
    await appear(impostor, OTHER, before.host, before.httpPort);

    await expect(passing(plug.read())).rejects.toThrow(/another device: its MAC is 9C5322000099/);
    expect(await cut(plug)).toMatchObject({ outcome: 'refused' });
    expect(impostor.executed).toEqual([]);

    await appear(tapo, OWN, '127.0.13.2');
    clock.jump(30_000);
    expect((await passing(plug.read())).watts).toBe(OWN_WATTS);
    expect(await cut(plug)).toMatchObject({ outcome: 'verified', relay: false });
    expect(impostor.executed).toEqual([]);
  });

  it('is found when something that does not let us in has its old one', async () => {
    const tapo = device(OWN, OWN_WATTS);
    const before = await appear(tapo, OWN, '127.0.13.1');
    const plug = configured(before);
    await plug.read();
    await vanish(tapo, before);
    const locked = device(OTHER, OTHER_WATTS, 'another');
    await appear(locked, OTHER, before.host, before.httpPort);
    await expect(passing(plug.read())).rejects.toThrow();
    await appear(tapo, OWN, '127.0.13.2');
    clock.jump(30_000);
    expect((await passing(plug.read())).watts).toBe(OWN_WATTS);
  });

  it('is not mistaken for a liar that answers searches in its name, and is read when it is back', async () => {
    const tapo = device(OWN, OWN_WATTS);
    const before = await appear(tapo, OWN, '127.0.13.1');
    const plug = configured(before);
    await plug.read();
    await vanish(tapo, before);
    const liar = device(OTHER, OTHER_WATTS, 'another');
    await appear(liar, OWN, '127.0.13.3');
    await expect(passing(plug.read())).rejects.toThrow();

    await appear(tapo, OWN, before.host, before.httpPort);
    clock.jump(30_000);
    expect((await passing(plug.read())).watts).toBe(OWN_WATTS);
    expect(liar.executed).toEqual([]);
  });
});
