import { describe, expect, it } from 'vitest';
import { shellyAdapter } from '../../adapters/shelly/index.ts';
import { adapterDeps } from '../support/adapter-deps.ts';

const parse = (settings: Record<string, unknown>) =>
  shellyAdapter.schema.parse({ adapter: 'shelly', device: 'shellyplugsg3-8cbfeaa133f0', ...settings });

describe('the settings of a Shelly plug', () => {
  it('need only the device id', () => {
    expect(parse({})).toEqual({
      adapter: 'shelly',
      device: 'shellyplugsg3-8cbfeaa133f0',
      generation: 2,
      channel: 0,
      component: 'switch',
      pollSeconds: 30,
    });
  });

  it('take the MAC from the device id unless it is given', () => {
    expect(shellyAdapter.macOf(parse({}))).toBe('8CBFEAA133F0');
    expect(shellyAdapter.macOf(parse({ mac: '40:22:d8:83:49:c4' }))).toBe('4022D88349C4');
    expect(shellyAdapter.macOf(parse({ device: 'shellyplug-s-C38EAB' }))).toBeNull();
  });

  it('allow a prefix of several levels', () => {
    expect(parse({ topicPrefix: 'shelly/ug/heizraum/trockner' }).topicPrefix).toBe('shelly/ug/heizraum/trockner');
  });

  it.each([
    { topicPrefix: 'plugs/+' },
    { topicPrefix: 'plugs/#' },
    { topicPrefix: '$SYS/plug' },
    { topicPrefix: '/plug' },
    { topicPrefix: 'plug/' },
    { topicPrefix: '' },
    { generation: 5 },
    { channel: 16 },
    { channel: -1 },
    { component: 'light' },
    { pollSeconds: 5 },
    { pollSeconds: 301 },
    { mac: '8CBFEA' },
    { device: 'a/b' },
    { host: '192.0.2.7' },
    { deadManSeconds: 30 },
    { generation: 1, component: 'pm1' },
    { generation: 1, deadManSeconds: 900 },
    { component: 'pm1', deadManSeconds: 900 },
  ])('refuse %o', (settings) => {
    expect(() => parse(settings)).toThrow();
  });

  it('say what is missing when there is no broker', () => {
    expect(() => shellyAdapter.factory(adapterDeps())({ id: 'desk' }, parse({}))).toThrow(
      /plug desk .* add the mqtt: section/,
    );
  });
});
