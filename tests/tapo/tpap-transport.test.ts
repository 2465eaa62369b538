import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Channel } from '../../adapters/tapo/channel.ts';
import type { Account } from '../../adapters/tapo/kind.ts';
import { fixedAddress } from '../../adapters/tapo/locator.ts';
import { DeviceTransport } from '../../adapters/tapo/transport.ts';
import { PlugAuthRefused } from '../../model/errors.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { ACCOUNT, type TpapBench, tpapBench } from './tpap-bench.ts';

describe('a plug that speaks nothing but TPAP', () => {
  let at: TpapBench;
  let transports: DeviceTransport[];
  const { memory } = adapterDeps();
  const transport = (account: Account) => {
    const locator = fixedAddress('127.0.0.1', at.port);
    const channel = new Channel('tapo plug key-light', locator, 0, at.clock);
    const made = new DeviceTransport({
      account,
      channel,
      locator,
      memory,
      name: 'key-light',
      nameIsItsOwn: false,
      tellNothing: false,
    });
    transports.push(made);
    return made;
  };
  const ask = (by: DeviceTransport) =>
    by.send('{"method":"get_device_info"}', { urgent: false, expiresAtMonotonicMs: Number.POSITIVE_INFINITY });

  beforeEach(async () => {
    transports = [];
    at = await tpapBench('{"error_code":0}');
  });
  afterEach(async () => {
    for (const made of transports) made.close();
    await at.close();
  });

  it('is spoken to in TPAP, and lost sessions are made anew without a word', async () => {
    const ours = transport(ACCOUNT);
    expect(await ask(ours)).toEqual({ error_code: 0 });
    at.plug.endSessions();
    expect(await ask(ours)).toEqual({ error_code: 0 });
    at.plug.behaviour.tpapSessionMs = 10;
    at.clock.jump(20);
    expect(await ask(ours)).toEqual({ error_code: 0 });
    expect(at.plug.proofs).toBe(3);
  });

  it('is told a wrong password exactly once, however often it is polled', async () => {
    const ours = transport({ ...ACCOUNT, password: 'not it' });
    for (let round = 0; round < 5; round += 1) await expect(ask(ours)).rejects.toThrow(PlugAuthRefused);
    expect(at.plug.proofs).toBe(1);
  });
});
