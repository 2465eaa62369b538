import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AdapterDeps, DiscoveryOptions, FoundDevice, PlugAdapter } from '../../adapters/adapter.ts';
import { plugAdapters } from '../../adapters/registry.ts';
import { parseConfig } from '../../config/load.ts';
import { Configured } from '../../daemon/discover.ts';
import { Discovered } from '../../daemon/discovered.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';

const HEAD = 'studio: { id: a, name: A }\nplugs:\n';
const CAMERA = '  - { id: camera, name: Camera, adapter: tapo, host: 192.168.1.9, mac: 9C-53-22-00-00-09 }\n';
const HOUR_MS = 3_600_000;

function tapo(number: number, more: Partial<FoundDevice> = {}): FoundDevice {
  const mac = `9C53220000${number.toString(16).padStart(2, '0').toUpperCase()}`;
  const host = `192.168.1.${number}`;
  const found = { adapter: 'tapo', model: 'P110', firmware: null, mac, address: host, name: null, obstacle: null };
  return { ...found, outlets: [{ adapter: 'tapo', host, mac }], ...more };
}

describe('what is not configured', () => {
  let clock: FakeClock;
  let searches: DiscoveryOptions[];
  let discovered: Discovered;
  let fail: Error | null;

  beforeEach(() => {
    clock = new FakeClock();
    searches = [];
    fail = null;
    const discover = async (_: AdapterDeps, options: DiscoveryOptions) => {
      searches.push(options);
      if (fail) throw fail;
      await new Promise((resolve) => options.signal.addEventListener('abort', resolve));
    };
    const family = { ...plugAdapters[0], discover } as PlugAdapter;
    const configured = new Configured(plugAdapters, parseConfig(`${HEAD}${CAMERA}`, 'studio.yaml').plugs);
    discovered = new Discovered({ adapters: [family], configured, adapterDeps: adapterDeps({ clock }), ears: null });
    discovered.start();
  });
  afterEach(() => discovered.stop());

  const found = (device: FoundDevice) => searches.at(-1)?.found(device);

  test('is listed with lines that can be pasted together; what is configured is neither listed nor asked', async () => {
    expect(discovered.list()).toEqual([]);
    await clock.advance(5000);
    const lamp = { name: 'Lamp: "é" #1' };
    for (const device of [tapo(21, lamp), tapo(100, lamp), tapo(9)]) found(device);
    expect(searches[0]?.wanted?.(tapo(9))).toBe(false);
    expect(searches[0]?.wanted?.(tapo(21))).toBe(true);
    const list = discovered.list();
    expect(list.map(({ address }) => address)).toEqual(['192.168.1.21', '192.168.1.100']);
    expect(list[0]).toEqual({
      ...{
        adapter: 'tapo',
        model: 'P110',
        firmware: null,
        mac: '9C5322000015',
        address: '192.168.1.21',
        obstacle: null,
      },
      name: 'Lamp: "é" #1',
      yaml: `  - id: lamp-e-1\n    name: 'Lamp: "é" #1'\n    adapter: tapo\n    host: 192.168.1.21\n    mac: 9C5322000015\n`,
    });
    const all = parseConfig(`${HEAD}${CAMERA}${list.map(({ yaml }) => yaml).join('')}`, 'pasted');
    expect(all.plugs.map(({ id }) => id)).toEqual(['camera', 'lamp-e-1', 'lamp-e-1-2']);
  });

  test('is listed without lines when it can not be used, and with what is in its way', async () => {
    await clock.advance(5000);
    found(tapo(21, { outlets: [], obstacle: 'an older Kasa device' }));
    expect(discovered.list()).toMatchObject([{ obstacle: 'an older Kasa device', yaml: null }]);
  });

  test('is text, whatever somebody in the network calls his device', async () => {
    await clock.advance(5000);
    const hostile = 'x"\n- !!js {a: *b}\u001b[31m\u202e<img src=x>';
    found(tapo(21, { name: hostile, obstacle: hostile }));
    const [device] = discovered.list();
    expect(`${device?.name}${device?.obstacle}${device?.yaml}`).not.toMatch(/[^\P{C}\n]/u);
    const config = parseConfig(`${HEAD}${CAMERA}${device?.yaml}`, 'pasted');
    expect(config.plugs[1]).toMatchObject({ name: 'x" - !!js {a: *b} [31m <img src=x>', adapter: 'tapo' });
  });

  test('is forgotten when nothing was heard of it for a day, and is at most 200 devices', async () => {
    await clock.advance(5000);
    for (let number = 0; number < 250; number += 1) found(tapo(number === 9 ? 255 : number));
    expect(discovered.list()).toHaveLength(200);
    await clock.advance(13 * HOUR_MS);
    found(tapo(21));
    await clock.advance(12 * HOUR_MS);
    expect(discovered.list().map(({ address }) => address)).toEqual(['192.168.1.21']);
  });

  test('is searched for 15 s at the start and twice a day; a search that fails keeps nothing else from its work', async () => {
    expect(searches).toHaveLength(0);
    await clock.advance(5000);
    expect(searches).toHaveLength(1);
    expect(searches[0]?.signal.aborted).toBe(false);
    await clock.advance(15_000);
    expect(searches[0]?.signal.aborted).toBe(true);
    fail = new Error('there is no network interface wlan9');
    await clock.advance(12 * HOUR_MS);
    await clock.advance(12 * HOUR_MS);
    expect(searches).toHaveLength(3);
    fail = null;
    await clock.advance(12 * HOUR_MS);
    expect(searches).toHaveLength(4);
    await discovered.stop();
    expect(searches[3]?.signal.aborted).toBe(true);
  });
});
