import { createSocket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { Channel } from '../../adapters/tapo/channel.ts';
import { fixedAddress } from '../../adapters/tapo/locator.ts';
import { DISCOVERY_PORT } from '../../adapters/tapo/packet.ts';
import { CommandExpired, PlugUnreachable } from '../../model/errors.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, type WatchedClock } from './studio.ts';

/** A loopback address of its own, so that nothing else answers on the discovery port. */
const PLUG_ADDRESS = '127.0.0.83';
const WAKE_MS = 2000;

describe('a plug whose web server starts with the first probe', () => {
  let at: Bench<WatchedClock>;
  let channel: Channel;
  let probes: number;
  let startsUp: boolean;
  let bound: boolean;
  let udp: ReturnType<typeof createSocket>;
  beforeEach(async () => {
    at = await bench();
    await at.tapo.stop();
    probes = 0;
    startsUp = true;
    udp = createSocket('udp4').on('message', () => {
      probes += 1;
      if (startsUp && probes === 1) void at.tapo.start(PLUG_ADDRESS, at.port);
    });
    bound = await new Promise((resolve) => {
      udp.once('error', () => resolve(false));
      udp.bind(DISCOVERY_PORT, PLUG_ADDRESS, () => resolve(true));
    });
    channel = new Channel('tapo plug key-light', fixedAddress(PLUG_ADDRESS, at.port), 0, at.clock);
  });
  afterEach(async () => {
    channel.close();
    udp.close();
    await at.close();
  });

  const shake = (expiresAtMs = Number.POSITIVE_INFINITY) =>
    channel
      .post(
        () => ({
          path: '/app/handshake1',
          body: Buffer.alloc(16),
          contentType: 'application/octet-stream',
          cookie: null,
        }),
        () => expiresAtMs,
      )
      .catch((error: unknown) => error);
  const skipUnlessBound = (test: TestContext) => {
    if (!bound) test.skip(`UDP ${PLUG_ADDRESS}:${DISCOVERY_PORT} can't be bound here`);
  };
  const woken = () => until('it waits for the plug to start', () => at.clock.waiting.includes(WAKE_MS));

  it('is probed once, given two seconds, and asked again', async (test) => {
    skipUnlessBound(test);
    const reply = shake();
    await woken();
    await until('the probe arrives', () => probes > 0);
    await at.clock.advance(WAKE_MS);
    expect(await reply).toMatchObject({ status: 200 });
    expect(probes).toBe(1);
  });

  it('that still refuses is unreachable, and for half a minute it is not waited for again', async (test) => {
    skipUnlessBound(test);
    startsUp = false;
    const first = shake();
    await woken();
    await at.clock.advance(WAKE_MS);
    expect(await first).toBeInstanceOf(PlugUnreachable);
    expect(await shake()).toBeInstanceOf(PlugUnreachable);
    await until('the probe has arrived', () => probes === 1);
    at.clock.jump(30_000);
    const later = shake();
    await woken();
    await at.clock.advance(WAKE_MS);
    expect(await later).toBeInstanceOf(PlugUnreachable);
    await until('another probe has arrived', () => probes === 2);
  });

  it('does not get a command that expired while it started', async (test) => {
    skipUnlessBound(test);
    const command = shake(at.clock.monotonicMs() + 1000);
    await woken();
    await at.clock.advance(WAKE_MS);
    expect(await command).toBeInstanceOf(CommandExpired);
    expect(at.tapo.arrivals).toEqual([]);
  });
});

describe('a plug that answers 429 to whatever comes sooner than after 250 ms', () => {
  it('never has reason to', async () => {
    const at = await bench();
    at.tapo.behave({ leastSpacingMs: 250 });
    let done = false;
    const reading = at.client({ spacingMs: 250 }).read();
    reading.then(
      () => {
        done = true;
      },
      () => {},
    );
    await until('it is read', async () => {
      if (at.clock.waiting.includes(250)) await at.clock.advance(250);
      return done;
    });
    expect((await reading).relay).toBe(true);
    expect(
      await at
        .client()
        .read()
        .catch((error: unknown) => error),
    ).toBeInstanceOf(PlugUnreachable);
    await at.close();
  });
});
