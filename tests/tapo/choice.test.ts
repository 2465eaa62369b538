import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Spoken } from '../../adapters/simulator/tapo-behaviour.ts';
import { PlugAuthRefused, PlugUnreachable } from '../../model/errors.ts';
import { type Bench, bench, MAC, type WatchedClock } from './studio.ts';

let at: Bench<WatchedClock>;
let memory: Map<string, unknown>;
beforeEach(async () => {
  memory = new Map();
  at = await bench();
});
afterEach(() => at.close());

const HOUR_MS = 3_600_000;
const HINT = `tapo-transport:${MAC}`;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
/** First steps of logins that arrived, since the last look. */
let seen = 0;
const tried = () => {
  const paths = at.tapo.paths.slice(seen);
  seen = at.tapo.paths.length;
  return paths.filter((path) => ['/app/handshake1', '/', '/app'].includes(path));
};
beforeEach(() => {
  seen = 0;
});

describe('the transport of a plug', () => {
  it.each<[Spoken, string]>([
    ['klap-1', 'klap'],
    ['klap-2', 'klap'],
    ['aes-1', 'aes'],
    ['aes-2', 'aes'],
    ['tpap', 'tpap'],
  ])('%s is found, used to read and to switch, and remembered', async (spoken, kind) => {
    at.tapo.behave({ speaks: [spoken] });
    const plug = at.client({ memory });
    expect((await plug.read()).watts).toBe(74.116);
    await plug.relay.switchTo(false, at.clock.monotonicMs() + 1000);
    expect(await plug.read()).toMatchObject({ relay: false, watts: 0 });
    expect(memory.get(HINT)).toBe(kind);
  });

  it.each<[Spoken, string[]]>([
    ['klap-2', ['/app/handshake1']],
    ['tpap', ['/app/handshake1', '/', '/', '/']],
    ['aes-2', ['/app/handshake1', '/app', '/app', '/app']],
  ])('%s costs no more than these steps at first', async (spoken, steps) => {
    at.tapo.behave({ speaks: [spoken] });
    await at.client().read();
    expect(tried()).toEqual(steps);
  });

  it.each<[Spoken, string]>([
    ['tpap', '/'],
    ['aes-2', '/app'],
  ])('%s is tried first after a restart', async (spoken, step) => {
    at.tapo.behave({ speaks: [spoken] });
    await at.client({ memory }).read();
    tried();
    await at.client({ memory }).read();
    expect(tried()).toEqual([step, step, step]);
  });

  it('is only a hint: an update from securePassthrough to KLAP and on to TPAP, and the switch in the app, are followed', async () => {
    const plug = at.client({ memory });
    const steps: [Spoken, string][] = [
      ['aes-2', 'aes'],
      ['klap-2', 'klap'],
      ['tpap', 'tpap'],
      ['klap-2', 'klap'],
    ];
    for (const [spoken, kind] of steps) {
      at.tapo.behave({ speaks: [spoken] });
      expect((await plug.read()).watts).toBe(74.116);
      expect(memory.get(HINT)).toBe(kind);
    }
  });

  it('is KLAP where a plug speaks several', async () => {
    at.tapo.behave({ speaks: ['klap-2', 'tpap', 'aes-2'] });
    await at.client({ memory }).read();
    expect(memory.get(HINT)).toBe('klap');
  });

  it('is found again whatever nonsense was remembered', async () => {
    for (const nonsense of [7, 'klap9', null, { kind: 'aes' }]) {
      memory.set(HINT, nonsense);
      expect((await at.client({ memory }).read()).relay).toBe(true);
    }
  });

  it('never goes back to the one that tells the password, when the plug is known by its MAC', async () => {
    await at.client({ memory }).read();
    at.tapo.behave({ speaks: ['aes-1', 'aes-2'] });
    expect(await failure(at.client({ memory }).read())).toBeInstanceOf(PlugAuthRefused);
    expect(at.tapo.aes.handshakeBytes).toEqual([]);
  });

  it('may go back where nothing but the address is known: an older plug may be there now', async () => {
    await at.client({ memory, mac: undefined }).read();
    at.tapo.behave({ speaks: ['aes-2'] });
    expect((await at.client({ memory, mac: undefined }).read()).watts).toBe(74.116);
  });
});

describe('a plug that no transport reaches', () => {
  it('whose KLAP is switched off and that offers nothing else needs a switch in the app, and works once it is set', async () => {
    at.tapo.behave({ speaks: ['tpap'], tpap: 'compatibility' });
    const plug = at.client();
    const error = await failure(plug.read());
    expect(error).toBeInstanceOf(PlugAuthRefused);
    expect(error.message).toContain('Third-Party Compatibility: switch it off and on again');
    expect(error.message).toContain('KLAP is switched off (HTTP 403); it does not offer TPAP;');
    at.tapo.behave({ speaks: ['klap-2'] });
    expect((await plug.read()).relay).toBe(true);
  });

  it('that speaks nothing we know needs other firmware', async () => {
    at.tapo.behave({ speaks: [] });
    const error = await failure(at.client().read());
    expect(error).toBeInstanceOf(PlugAuthRefused);
    expect(error.message).toContain('update its firmware in the Tapo app');
    expect(tried()).toEqual(['/app/handshake1', '/app', '/']);
  });

  it('whose TPAP is one we do not speak says so', async () => {
    at.tapo.behave({ speaks: ['tpap'], tls: 1 });
    const { message } = await failure(at.client().read());
    expect(message).toContain('Third-Party Compatibility: switch it off and on again');
    expect(message).toContain('it offers TPAP over TLS (mode 1)');
  });

  it('that is asked too often says so, and no other transport is tried', async () => {
    at.tapo.behave({ handshakeStatus: 429 });
    expect(await failure(at.client().read())).toBeInstanceOf(PlugUnreachable);
    expect(tried()).toEqual(['/app/handshake1']);
  });
});

describe('a password that a plug counted as wrong', () => {
  const wrong = () => at.client({ memory, password: 'Great_Password' });
  beforeEach(() => {
    at.tapo.behave({ speaks: ['tpap'] });
  });

  it('is told once, however often the plug is polled and offair restarted', async () => {
    const plug = wrong();
    const error = await failure(plug.read());
    expect(error).toBeInstanceOf(PlugAuthRefused);
    expect(error.message).toContain('takes 14 more');
    for (let round = 0; round < 3; round += 1) expect(await failure(plug.read())).toBeInstanceOf(PlugAuthRefused);
    for (let restart = 0; restart < 5; restart += 1) {
      at.clock.jump(60_000);
      expect((await failure(wrong().read())).message).toMatch(/takes 14 more.*tried again with another/);
    }
    expect(at.tapo.tpap.proofs).toBe(1);
  });

  it('is kept as a salted hash and nothing else', async () => {
    await failure(wrong().read());
    const kept = JSON.stringify([...memory]);
    expect(kept).toContain('tapo-refused');
    expect(kept).not.toContain('Great_Password');
    expect(kept).not.toContain(Buffer.from('Great_Password').toString('base64'));
    expect(kept).not.toContain('user@example.com');
  });

  it('does not keep another password from being tried at once', async () => {
    await failure(wrong().read());
    expect((await at.client({ memory }).read()).watts).toBe(74.116);
    expect(at.tapo.tpap.failedAttempts).toBe(0);
  });

  it('does not keep KLAP from being tried, which counts nothing', async () => {
    const plug = at.client({ memory });
    at.tapo.behave({ tamper: (step, reply) => (step === 'pake_share' ? { ...reply, status: 403 } : reply) });
    await failure(plug.read());
    const restarted = at.client({ memory });
    at.tapo.behave({ speaks: ['klap-2'] });
    expect((await restarted.read()).relay).toBe(true);
  });

  it('is told again by a restart an hour later, since the plug may know it by now, and a day later when only five tries are left', async () => {
    for (let hour = 0; hour < 14; hour += 1) {
      await failure(wrong().read());
      at.clock.jump(HOUR_MS);
    }
    expect(at.tapo.tpap.proofs).toBe(10);
    expect(at.tapo.tpap.failedAttempts).toBe(10);
    const error = await failure(wrong().read());
    expect(error.message).toContain('takes 5 more');
    expect(error.message).toContain('restart one day later');
    at.clock.jump(24 * HOUR_MS);
    await failure(wrong().read());
    expect(at.tapo.tpap.proofs).toBe(11);
  });

  it('that could not be written down is not told again before a restart', async () => {
    const full = new Map<string, unknown>();
    full.set = () => {
      throw new Error('disk full');
    };
    const plug = at.client({ memory: full, password: 'Great_Password' });
    for (let round = 0; round < 3; round += 1) expect(await failure(plug.read())).toBeInstanceOf(PlugAuthRefused);
    expect(at.tapo.tpap.proofs).toBe(1);
  });
});
