import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, bench } from './bench.ts';

/**
 * The one client on npm, homewizard-energy-api, is written for Node 14 and undici 5 and brings 37 MB: it is not among our
 * dependencies. Its last release, 1.5.0, was run against the simulated socket once, by hand: it read, switched, locked and
 * blinked it, and understood each refusal. What it sends and gets is written here.
 */
let at: Bench;
beforeEach(async () => {
  at = await bench();
});
afterEach(() => at.socket.stop());

/** As that client does: the body without a content type. */
async function put(path: string, body: string): Promise<unknown[]> {
  const answer = await fetch(at.origin + path, { method: 'PUT', body, headers: { 'content-type': '' } });
  return [answer.status, await answer.json()];
}

describe('the simulated socket', () => {
  test('answers each path as the documentation of its maker', async () => {
    const get = async (path: string) => (await fetch(at.origin + path)).json();
    expect(await get('/api')).toEqual({
      ...{ product_type: 'HWE-SKT', product_name: 'Energy Socket', serial: '5c2faf0a1b2c' },
      ...{ firmware_version: '4.09', api_version: 'v1' },
    });
    expect(await get('/api/v1/state')).toEqual({ power_on: true, switch_lock: false, brightness: 255 });
    expect(await get('/api/v1/data')).toMatchObject({ active_power_w: 100, active_voltage_v: 231.539 });
    expect(await put('/api/v1/identify', '')).toEqual([200, { identify: 'ok' }]);
    expect(at.socket.blinked).toBe(1);
  });

  test('tells of a change only what was changed', async () => {
    expect(await put('/api/v1/state', '{"power_on":false}')).toEqual([200, { power_on: false }]);
    expect(at.outlet.relay).toBe(false);
    // The lock switches on.
    expect(await put('/api/v1/state', '{"switch_lock":true}')).toEqual([200, { switch_lock: true }]);
    expect(at.outlet.relay).toBe(true);
    const all = { power_on: false, switch_lock: false, brightness: 127 };
    expect(await put('/api/v1/state', JSON.stringify(all))).toEqual([200, all]);
    expect(at.outlet.relay).toBe(false);
  });

  test.each([
    ['{"power_on": invalid_value}', 2, 'Body contains invalid json'],
    ['{"brightness":500}', 7, 'brightness value limited to 0-255'],
    ['{"power_on":false,"switch_lock":true}', 8, 'power_on cannot be turned off when switch_lock is on'],
  ])('refuses %s', async (body, id, description) => {
    expect(await put('/api/v1/state', body)).toEqual([400, { error: { id, description } }]);
    expect(at.outlet.relay).toBe(true);
  });

  test('refuses everything while its API is off', async () => {
    at.socket.behave({ apiEnabled: false });
    const refused = [403, { error: { id: 202, description: 'API not enabled' } }];
    expect(await put('/api/v1/state', '{"power_on":false}')).toEqual(refused);
    expect(await put('/api/v1/identify', '')).toEqual(refused);
    expect(at.socket.executed).toEqual([]);
  });
});
