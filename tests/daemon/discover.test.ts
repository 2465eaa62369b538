import { describe, expect, it } from 'vitest';
import type { FoundDevice, PlugAdapter } from '../../adapters/adapter.ts';
import { plugAdapters } from '../../adapters/registry.ts';
import { parseConfig } from '../../config/load.ts';
import { Configured, discover, table } from '../../daemon/discover.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { FakeClock } from '../support/fake-clock.ts';

const HEAD = 'studio: { id: a, name: A }\n';

function tapo(more: Partial<FoundDevice> = {}, keys: object[] = [{}]): FoundDevice {
  const address = more.address ?? '192.168.1.21';
  const found = { adapter: 'tapo', model: 'P110', firmware: '1.4.6 Build 260101', mac: '9C5322000001', name: 'Caméra' };
  const outlets = keys.map((own) => ({ adapter: 'tapo', host: address, mac: '9C-53-22-00-00-01', ...own }));
  return { ...found, address, obstacle: null, outlets, ...more };
}

const configured = (plugs = '') => {
  const text = `${HEAD}plugs:\n  - { id: other, name: Other, adapter: tapo, host: 192.168.1.99 }\n${plugs}`;
  return new Configured(plugAdapters, parseConfig(text, 'studio.yaml').plugs);
};
const plug = (keys: string) => `  - { id: camera, name: Camera, adapter: tapo, ${keys} }\n`;
const plugsOf = (device: FoundDevice, plugs: string) => configured(plugs).finding(device).plugs;

describe('a device that was found', () => {
  it('is the configured plug with its MAC, whatever the address; without MAC, the one at its address', () => {
    expect(plugsOf(tapo(), plug('host: 192.168.1.7, mac: 9c:53:22:00:00:01'))).toEqual(['camera']);
    expect(plugsOf(tapo(), plug('host: 192.168.1.21'))).toEqual(['camera']);
    expect(plugsOf(tapo(), plug('host: 192.168.1.21, mac: 9c:53:22:00:00:02'))).toEqual([]);
    expect(plugsOf(tapo(), '')).toEqual([]);
  });

  it('that is a strip is as many plugs as it has outlets, each configured by itself', () => {
    const strip = tapo({ model: 'P304M', name: 'Rack' }, [{ outlet: 1 }, { outlet: 2, name: 'PC' }, { outlet: 3 }]);
    const one = plug('host: 192.168.1.21, mac: 9c:53:22:00:00:01, outlet: 1');
    expect(plugsOf(strip, one)).toEqual(['camera']);
    const ids = [...(configured(one).snippet([strip]) ?? '').matchAll(/id: (.*)/g)].map(([, id]) => id);
    expect(ids).toEqual(['pc', 'rack-3']);
    expect(table([configured(one).finding(strip)])).toContain('camera; others new');
  });

  it('gets lines for studio.yaml that load beside the others, with an id of its own, and that cut nothing', () => {
    const found = [
      tapo({ name: 'Caméra 1' }),
      tapo({ name: null, mac: '9C5322000002' }, [{ mac: '9C-53-22-00-00-02', host: '192.168.1.22' }]),
      tapo({ name: 'Other' }, [{ mac: '9C-53-22-00-00-03', host: '192.168.1.23', port: 8080 }]),
      tapo({ name: '#: "; }\n- !!x' }, [{ mac: '9C-53-22-00-00-04', host: '192.168.1.24' }]),
      tapo({ name: '灯' }, [{ mac: '1E-53-22-00-00-05', host: '192.168.1.25', outlet: 2 }]),
    ];
    const snippet = configured().snippet(found) ?? '';
    const plugs = snippet.replace('plugs:\n', '');
    const all = `${HEAD}plugs:\n  - { id: other, name: Other, adapter: tapo, host: 192.168.1.99 }\n${plugs}`;
    const config = parseConfig(all, 'studio.yaml');
    expect(config.plugs.map(({ id }) => id)).toEqual(['other', 'camera-1', 'p110-0002', 'other-2', 'x', 'p110-0001']);
    expect(config.plugs.every(({ essential }) => essential)).toBe(true);
    expect(config.plugs[5]).toMatchObject({ name: '灯', outlet: 2, mac: '1E5322000005' });
  });

  it('has what is in its way as a comment; all configured, there are no lines', () => {
    const obstacle = 'it is not set up yet: add it in the Tapo app';
    expect(configured().snippet([tapo({ obstacle })])).toContain(`  # ${obstacle}\n  - id: camera`);
    expect(configured(plug('host: 192.168.1.21')).snippet([tapo()])).toBeNull();
  });

  it('is a row of a table, and what is in its way is under it', () => {
    const findings = [
      configured(plug('host: 192.168.1.21')).finding(tapo()),
      configured().finding(tapo({ name: null, firmware: null, address: '192.168.1.5', obstacle: 'ask' })),
    ];
    expect(table(findings)).toMatchInlineSnapshot(`
      "MODEL  FIRMWARE  MAC                ADDRESS       NAME    PLUG
      P110   1.4.6     9C-53-22-00-00-01  192.168.1.21  Caméra  camera
      P110   ?         9C-53-22-00-00-01  192.168.1.5   ?       new

      192.168.1.5 (P110): ask"
    `);
  });
});

describe('a search', () => {
  const family = (name: string, run: PlugAdapter['discover']) =>
    ({ name, ...(run && { discover: run }) }) as unknown as PlugAdapter;

  it('goes on in the other families when one fails, takes what was told last, and ends in time', async () => {
    const clock = new FakeClock();
    const adapters = [
      family('broken', async () => {
        throw new Error('no such interface');
      }),
      family('mute', undefined),
      family('tapo', async (_, { found, signal }) => {
        found(tapo({ name: null, address: '192.168.1.100' }));
        found(tapo({ address: '192.168.1.21' }));
        found(tapo({ name: 'Key \u001b[31mlight\u202e', address: '192.168.1.100' }));
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }),
    ];
    const told: (string | null)[] = [];
    const searching = discover(adapters, adapterDeps({ clock }), 5000, ({ name }) => told.push(name));
    await clock.advance(5000);
    const { devices, failures } = await searching;
    expect(devices.map(({ address, name }) => `${address} ${name}`)).toEqual([
      '192.168.1.21 Caméra',
      '192.168.1.100 Key  [31mlight',
    ]);
    expect(failures.map(({ message }) => message)).toEqual(['no such interface']);
    expect(told).toEqual([null, 'Caméra', 'Key  [31mlight']);
  });
});
