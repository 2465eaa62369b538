import { describe, expect, it } from 'vitest';
import { tapoAdapter } from '../../adapters/tapo/index.ts';
import { PlugAuthRefused } from '../../model/errors.ts';
import { adapterDeps } from '../support/adapter-deps.ts';

const minimal = { adapter: 'tapo', host: '192.168.1.20' };
const parse = (more: object) => tapoAdapter.schema.safeParse({ ...minimal, ...more });

describe('the settings of a Tapo plug', () => {
  it('need only a host', () => {
    expect(tapoAdapter.schema.parse(minimal)).toEqual({ ...minimal, port: 80, pollSeconds: 10 });
  });

  it('need no host where the MAC is known', () => {
    const mac = '9C:53:22:00:00:0a';
    const settings = tapoAdapter.schema.parse({ adapter: 'tapo', mac });
    expect(tapoAdapter.outletNames(settings)).toEqual(['9C532200000A']);
    const neither = tapoAdapter.schema.safeParse({ adapter: 'tapo' });
    expect(neither.error?.issues).toMatchObject([{ path: ['host'], message: expect.stringContaining('mac') }]);
  });

  it.each(['9C:53:22:00:00:0a', '9c-53-22-00-00-0a', '9c53.2200.000a', '9c532200000A'])('take the MAC %s', (mac) => {
    const settings = tapoAdapter.schema.parse({ ...minimal, mac });
    expect(tapoAdapter.macOf(settings)).toBe('9C532200000A');
  });

  it.each(['plug.lan', 'tapo-1', 'fe80::1', '10.0.0.1'])('take the host %s', (host) => {
    expect(parse({ host }).success).toBe(true);
  });

  it.each([
    { host: '' },
    { host: 'http://192.168.1.20' },
    { host: '192.168.1.20:80' },
    { host: '192.168.1.300' },
    { host: 'a b' },
    { mac: '9C:53:22:00:00' },
    { port: 0 },
    { outlet: 0 },
    { outlet: 1.5 },
    { outlet: 'left' },
    { pollSeconds: 1 },
    { pollSeconds: Number.NaN },
    { intervall: 5 },
  ])('refuse %j', (more) => {
    expect(parse(more).success).toBe(false);
  });
});

describe('the names of an outlet', () => {
  const names = (more: object) => tapoAdapter.outletNames(tapoAdapter.schema.parse({ ...minimal, ...more }));
  const mac = '9C:53:22:00:00:0a';

  it('are its address and its MAC, so that no plug is configured twice', () => {
    expect(names({ mac })).toEqual(['192.168.1.20:80', '9C532200000A']);
    expect(names({ host: 'Plug.LAN' })).toEqual(['plug.lan:80']);
  });

  it('differ between the outlets of one strip', () => {
    const [first, second] = [names({ mac, outlet: 1 }), names({ mac, outlet: 2 })];
    expect(first.filter((name) => second.includes(name))).toEqual([]);
    expect(names({ mac, outlet: 1, host: '192.168.1.21' })).toContain(first[1]);
  });
});

describe('the plugs of one strip', () => {
  it.each([[{}], [{ mac: '9C:53:22:00:00:0b' }]])('must agree on its MAC: %j beside another is refused', (second) => {
    const factory = tapoAdapter.factory(adapterDeps({ secret: () => 'x' }));
    const plug = (outlet: number, more: object) =>
      factory({ id: `rack-${outlet}` }, tapoAdapter.schema.parse({ ...minimal, outlet, ...more }));
    plug(1, { mac: '9C:53:22:00:00:0a' });
    plug(2, { mac: '9C532200000A' });
    expect(() => plug(3, second)).toThrow(/rack-3 .* another mac/);
  });
});

describe('a Tapo plug without account', () => {
  it.each([
    [{}, 'OFFAIR_TAPO_USERNAME', 'tapo_username'],
    [{ tapo_username: 'user@example.com' }, 'OFFAIR_TAPO_PASSWORD', 'tapo_password'],
  ])('says which secret to set: %j', (secrets: Record<string, string>, variable, credential) => {
    const factory = tapoAdapter.factory(adapterDeps({ secret: (name) => secrets[name] }));
    const create = () => factory({ id: 'key-light' }, tapoAdapter.schema.parse(minimal));
    expect(create).toThrow(PlugAuthRefused);
    expect(create).toThrow(new RegExp(`${variable}.*${variable}_FILE.*systemd credential ${credential}`));
    expect(create).not.toThrow(/user@example/);
  });
});
