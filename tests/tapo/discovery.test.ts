import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceMemory, FoundDevice } from '../../adapters/adapter.ts';
import { SimulatedOutlet } from '../../adapters/simulator/outlet.ts';
import { SimulatedTapo } from '../../adapters/simulator/tapo.ts';
import type { TapoModelName } from '../../adapters/simulator/tapo-models.ts';
import { SimulatedTapoUdp, type UdpPlug } from '../../adapters/simulator/tapo-udp.ts';
import { discoverTapo } from '../../adapters/tapo/discovery.ts';
import { converse, tapoAdapter } from '../../adapters/tapo/index.ts';
import { adapterDeps, memoryOf } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { passing as timePassing } from '../support/passing.ts';
import { until } from '../support/until.ts';
import { ACCOUNT } from './studio.ts';

const SECRETS: Record<string, string> = { tapo_username: ACCOUNT.username, tapo_password: ACCOUNT.password };

let clock: FakeClock;
let network: SimulatedTapoUdp;
let port: number;
let over: AbortController;
let searching: Promise<void>;
let stops: (() => Promise<void>)[];
let memory: DeviceMemory;
const told = new Map<string, FoundDevice[]>();
beforeEach(async () => {
  clock = new FakeClock();
  network = new SimulatedTapoUdp();
  port = await network.start();
  over = new AbortController();
  searching = Promise.resolve();
  stops = [];
  told.clear();
  memory = memoryOf(new Map());
});
afterEach(async () => {
  over.abort();
  await passing(searching);
  for (const stop of stops) await stop();
  await network.stop();
});

/** Lets time pass until it has happened. */
const passing = <T>(promise: Promise<T>) => timePassing(clock, promise);

/** A plug of which one sees only what it answers by UDP. */
async function shows(number: number, more: Partial<UdpPlug> = {}): Promise<UdpPlug> {
  const plug = {
    ...{ host: `127.0.9.${number}`, httpPort: 9, mac: `9C-53-22-00-00-0${number}`, owner: ACCOUNT.username },
    ...more,
  };
  await network.join(plug);
  return plug;
}

/** A plug with a web server as well, which starts at the first probe where `lazy`. */
async function plugs(
  number: number,
  options: { model?: TapoModelName; outlets?: number; password?: string; lazy?: boolean; show?: Partial<UdpPlug> } = {},
): Promise<SimulatedTapo> {
  const { model = 'P110', outlets = 1, lazy = false } = options;
  const host = `127.0.9.${number}`;
  const tapo = new SimulatedTapo({
    ...{ clock, ...ACCOUNT, model, mac: `9C-53-22-00-00-0${number}`, nickname: `Lumière ${number}` },
    ...{ firmware: '1.4.6 Build 260101 Rel.120000', password: options.password ?? ACCOUNT.password },
    outlet: Array.from({ length: outlets }, () => new SimulatedOutlet(clock, () => 5)),
  });
  stops.push(() => tapo.stop());
  let httpPort = await tapo.start(host);
  let onProbe = () => {};
  if (lazy) {
    await tapo.stop();
    let asleep = true;
    const free = httpPort;
    onProbe = () => {
      if (asleep) void tapo.start(host, free);
      asleep = false;
    };
    httpPort = free;
  }
  await shows(number, { model: `${model}(EU)`, httpPort, onProbe, ...options.show });
  return tapo;
}

/** Begins to search; what is told of each device is kept by its MAC. */
function search(secrets = SECRETS): void {
  const deps = adapterDeps({ clock, secret: (name) => secrets[name], memory });
  const found = (device: FoundDevice) => {
    const mac = device.mac ?? '';
    told.set(mac, [...(told.get(mac) ?? []), device]);
  };
  searching = discoverTapo(deps, { found, signal: over.signal }, port, converse);
}

/** The `nth` thing that is told of a device, from 1. */
async function nth(number: number, count: number): Promise<FoundDevice | undefined> {
  const mac = `9C532200000${number}`;
  await until(`${mac} is told ${count} times`, async () => {
    await clock.advance(20);
    return (told.get(mac)?.length ?? 0) >= count;
  });
  return told.get(mac)?.[count - 1];
}

describe('discovery', () => {
  it('tells a plug at once, and again with firmware and label when the login has told them', async () => {
    await plugs(1);
    search();
    const address = '127.0.9.1';
    expect(await nth(1, 1)).toMatchObject({ model: 'P110', mac: '9C5322000001', address, firmware: null, name: null });
    const known = await nth(1, 2);
    expect(known).toMatchObject({ firmware: '1.4.6 Build 260101 Rel.120000', name: 'Lumière 1', obstacle: null });
    expect(known?.outlets).toMatchObject([{ host: address, mac: '9C-53-22-00-00-01', name: 'Lumière 1' }]);
    const { name: _, ...keys } = known?.outlets[0] ?? {};
    expect(tapoAdapter.schema.parse(keys)).toMatchObject({ mac: '9C5322000001' });
  });

  it('ends when it is told to', async () => {
    search();
    over.abort();
    await passing(searching);
    expect(told.size).toBe(0);
  });

  it('gives a plug for each outlet of a strip, and a hint where it can not be asked', async () => {
    await plugs(1, { model: 'P304M', outlets: 4 });
    await shows(2, { model: 'P300(EU)', owner: 'somebody@example.com' });
    search();
    expect((await nth(1, 2))?.outlets).toMatchObject([{ outlet: 1 }, { outlet: 2 }, { outlet: 3 }, { outlet: 4 }]);
    const unasked = await nth(2, 1);
    expect(unasked?.outlets).toMatchObject([{ outlet: 1 }]);
    expect(unasked?.obstacle).toMatch(/a strip: each outlet is a plug of its own/);
  });

  it('wakes a plug whose web server sleeps, and waits for it', async () => {
    await plugs(1, { lazy: true });
    search();
    expect(await nth(1, 2)).toMatchObject({ name: 'Lumière 1', obstacle: null });
  });

  it('sets nothing', async () => {
    const tapo = await plugs(1);
    search();
    await nth(1, 2);
    expect([...tapo.asked.keys()].filter((method) => !method.startsWith('get_'))).toEqual([]);
  });

  it('says what is in the way, with the remedy', async () => {
    await shows(1, { owner: 'somebody@example.com' });
    await shows(2, { factoryDefault: true, owner: null });
    await shows(3, { deviceType: 'IOT.SMARTPLUGSWITCH', model: 'HS110(EU)' });
    await shows(4, { scheme: 'AES' });
    await plugs(5, { password: 'another', show: { setUpBy: 'tss' } });
    await plugs(6, { password: 'another' });
    search();
    expect((await nth(1, 1))?.obstacle).toContain('belongs to another account');
    expect((await nth(2, 1))?.obstacle).toContain('not set up yet');
    expect(await nth(3, 1)).toMatchObject({ obstacle: expect.stringContaining('older Kasa'), outlets: [] });
    expect((await nth(4, 1))?.obstacle).toContain('its firmware is old');
    expect((await nth(5, 2))?.obstacle).toContain('simple setup');
    expect((await nth(6, 2))?.obstacle).toContain('e-mail and password');
  });

  it('tells a wrong password once to a plug that counts them, however often one searches', async () => {
    const tapo = await plugs(1, { password: 'another', show: { scheme: 'TPAP' } });
    tapo.behave({ speaks: ['tpap'] });
    for (const round of [1, 2]) {
      search();
      expect((await nth(1, 2 * round))?.obstacle).toContain('e-mail and password');
      over.abort();
      await passing(searching);
      over = new AbortController();
    }
    expect(tapo.tpap.failedAttempts).toBe(1);
  });

  it('logs in by TPAP where that is all a plug speaks; never by what tells the password to a liar', async () => {
    const good = await plugs(1, { show: { scheme: 'TPAP' } });
    good.behave({ speaks: ['tpap'] });
    const liar = await plugs(2);
    liar.behave({ speaks: ['aes-1'] });
    search();
    expect(await nth(1, 2)).toMatchObject({ name: 'Lumière 1', obstacle: null });
    expect(await nth(2, 2)).toMatchObject({ name: null, obstacle: expect.stringContaining('update its firmware') });
    expect(liar.asked.size).toBe(0);
  });

  it('works without an account: what it can not ask, it leaves out', async () => {
    const tapo = await plugs(1);
    search({});
    expect(await nth(1, 1)).toMatchObject({ model: 'P110', obstacle: expect.stringContaining('tapo_username') });
    expect(tapo.handshakes).toBe(0);
  });

  it('leaves out what is no plug, and tells of one that lies about who it is', async () => {
    await shows(1, { deviceType: 'SMART.TAPOBULB', model: 'L530(EU)' });
    const tapo = await plugs(2);
    tapo.behave({ reportedMac: '9C-53-22-00-00-99' });
    search();
    expect(await nth(2, 2)).toMatchObject({ obstacle: expect.stringMatching(/is 9C5322000099: beware/), name: null });
    expect(told.has('9C5322000001')).toBe(false);
  });
});
