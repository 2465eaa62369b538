import { loginDeviceByIp } from 'tp-link-tapo-connect';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ACCOUNT, type Bench, bench, type WatchedClock } from './studio.ts';

let at: Bench<WatchedClock>;
beforeEach(async () => {
  at = await bench();
});
afterEach(() => at.close());

const login = () => loginDeviceByIp(ACCOUNT.username, ACCOUNT.password, `${at.host}:${at.port}`);

describe('a client that others wrote (tp-link-tapo-connect)', () => {
  it('logs in to the simulated plug and knows its name', async () => {
    const info = await (await login()).getDeviceInfo();
    expect(info).toMatchObject({ model: 'P110', nickname: 'Key light – café', ssid: 'studio', device_on: true });
    expect(at.tapo.handshakes).toBe(1);
  });

  it('reads the same values as offair', async () => {
    at.clock.jump(5 * 3_600_000);
    const reading = await at.client().read();
    const theirs = await login();
    const info = await theirs.getDeviceInfo();
    // Its types promise a device info here; it hands on what the plug answers.
    const energy: object = await theirs.getEnergyUsage();
    expect(reading).toMatchObject({ watts: 74.116, counterWh: 370, relay: true });
    expect(energy).toMatchObject({ current_power: 74_116, today_energy: 370 });
    expect(info.device_on).toBe(reading.relay);
    expect(info.on_time).toBe(18_000);
  });

  it('switches the outlet, offair sees it, and the other way round', async () => {
    at.tapo.behave({ singleSession: false });
    const [ours, theirs] = [at.client(), await login()];
    await theirs.turnOff();
    expect(at.outlet.relay).toBe(false);
    expect(await ours.read()).toMatchObject({ relay: false, watts: 0 });
    await ours.relay.switchTo(true, at.clock.monotonicMs() + 1000);
    expect((await theirs.getDeviceInfo()).device_on).toBe(true);
    expect(at.tapo.executed.map(({ on }) => on)).toEqual([false, true]);
  });

  it('loses its session when offair logs in, as on firmware 1.4', async () => {
    const theirs = await login();
    await at.client().read();
    await expect(theirs.getDeviceInfo()).rejects.toThrow(/403/);
  });
});

describe('the same client, where the plug speaks only securePassthrough', () => {
  beforeEach(() => {
    at.tapo.behave({ speaks: ['aes-1', 'aes-2'] });
    // It tells the console that it falls back.
    vi.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('falls back to it, logs in, reads and switches', async () => {
    const theirs = await login();
    expect(await theirs.getDeviceInfo()).toMatchObject({ model: 'P110', nickname: 'Key light – café' });
    await theirs.turnOff();
    expect(at.outlet.relay).toBe(false);
    expect((await theirs.getDeviceInfo()).device_on).toBe(false);
    expect(at.tapo.aes.logins.map((params) => Object.keys(params).toSorted())).toEqual([['password', 'username']]);
  });

  it('is refused with a wrong password', async () => {
    await expect(loginDeviceByIp(ACCOUNT.username, 'wrong', `${at.host}:${at.port}`)).rejects.toThrow();
  });
});
