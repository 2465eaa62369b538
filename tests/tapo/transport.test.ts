import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tapoFactory } from '../../adapters/tapo/index.ts';
import { CommandExpired, PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { adapterDeps } from '../support/adapter-deps.ts';
import { until } from '../support/until.ts';
import { type Bench, bench, MAC, type WatchedClock } from './studio.ts';

let at: Bench<WatchedClock>;
beforeEach(async () => {
  at = await bench();
});
afterEach(() => at.close());

const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: Error) => error,
  );
const messageOf = async (promise: Promise<unknown>) => {
  const error = await outcome(promise);
  return error instanceof Error ? error.message : error;
};

describe('the login', () => {
  it('happens once for many readings', async () => {
    const plug = at.client();
    for (let round = 0; round < 10; round += 1) await plug.read();
    expect(at.tapo.handshakes).toBe(1);
    expect(at.tapo.seqs).toEqual(at.tapo.seqs.map((_, index) => ((at.tapo.seqs[0] ?? 0) + index) | 0));
  });

  it('works with a cookie called SESSIONID', async () => {
    at.tapo.behave({ cookieName: 'SESSIONID' });
    expect((await at.client().read()).relay).toBe(true);
  });

  it('is renewed 20 minutes before the plug says it ends', async () => {
    const plug = at.client();
    await plug.read();
    at.clock.jump((86_400 - 1201) * 1000);
    await plug.read();
    expect(at.tapo.handshakes).toBe(1);
    at.clock.jump(1000);
    await plug.read();
    expect(at.tapo.handshakes).toBe(2);
  });

  it('is renewed at half time when the plug grants little', async () => {
    at.tapo.behave({ timeoutSeconds: 100 });
    const plug = at.client();
    await plug.read();
    at.clock.jump(49_999);
    await plug.read();
    expect(at.tapo.handshakes).toBe(1);
    at.clock.jump(1);
    await plug.read();
    expect(at.tapo.handshakes).toBe(2);
  });

  it('is refused when the plug gives no session', async () => {
    at.tapo.behave({ cookieName: 'OTHER' });
    expect(await messageOf(at.client().read())).toContain('no session cookie');
  });

  it('is made anew without a word when the session ended early', async () => {
    at.tapo.behave({ sessionMs: 12_000 });
    const plug = at.client();
    for (let round = 0; round < 4; round += 1) {
      expect((await plug.read()).watts).toBe(74.116);
      at.clock.jump(10_000);
    }
    expect(at.tapo.handshakes).toBe(2);
  });

  it('is made anew without a word when another program has taken the only session', async () => {
    const [ours, theirs] = [at.client(), at.client()];
    for (let round = 0; round < 3; round += 1) {
      expect((await ours.read()).relay).toBe(true);
      expect((await theirs.read()).relay).toBe(true);
    }
    expect(at.tapo.handshakes).toBe(6);
  });

  it('names the switch in the Tapo app when the plug lets no other program in, and works once it is set', async () => {
    at.tapo.behave({ handshakeStatus: 403 });
    const plug = at.client();
    const error = await outcome(plug.read());
    expect(error).toBeInstanceOf(PlugAuthRefused);
    expect((error as Error).message).toContain('key-light (127.0.0.1:');
    expect((error as Error).message).toContain('Me → Third-Party Services → Third-Party Compatibility');
    at.tapo.behave({ handshakeStatus: null });
    expect((await plug.read()).relay).toBe(true);
  });

  it('says so when the plug does not speak KLAP', async () => {
    at.tapo.behave({ handshakeStatus: 404 });
    const error = await outcome(at.client().read());
    expect(error).toBeInstanceOf(PlugAuthRefused);
    expect((error as Error).message).toContain('does not speak KLAP');
  });

  it('refuses a wrong password, of which the plug learns nothing', async () => {
    const plug = at.client({ password: 'Great_Password' });
    const first = await outcome(plug.read());
    expect(first).toBeInstanceOf(PlugAuthRefused);
    expect((first as Error).message).toContain('capitals included');
    expect((first as Error).message).not.toContain('Great_Password');
    expect((first as Error).message).not.toContain('user@example.com');
    expect(at.tapo.paths).toEqual(['/app/handshake1']);
  });

  it('lets in a plug that answered with the account of the factory and then knows its own again', async () => {
    const unbound = await bench({ username: '', password: '' });
    const plug = unbound.client();
    expect(await outcome(plug.read())).toBeInstanceOf(PlugAuthRefused);
    await unbound.tapo.stop();
    const setUp = await bench();
    await setUp.tapo.stop();
    try {
      await setUp.tapo.start(unbound.host, unbound.port);
      expect((await plug.read()).relay).toBe(true);
    } finally {
      await setUp.close();
      await unbound.close();
    }
  });

  it.each([
    ['', ''],
    ['test@tp-link.net', 'test'],
    ['kasa@tp-link.net', 'kasaSetup'],
  ])('never uses the factory account "%s", but says that the plug has it', async (username, password) => {
    const unbound = await bench({ username, password });
    try {
      const error = await outcome(unbound.client().read());
      expect(error).toBeInstanceOf(PlugAuthRefused);
      expect((error as Error).message).toContain('not bound to your TP-Link account');
      expect(unbound.tapo.seqs).toEqual([]);
    } finally {
      await unbound.close();
    }
  });

  it('refuses a stock page in place of a handshake', async () => {
    at.tapo.behave({ reply: 'page' });
    expect(await outcome(at.client().read())).toBeInstanceOf(PlugProtocolError);
  });
});

describe('a request', () => {
  it.each(['garbage', 'undecryptable', 'not-json', 'page'] as const)(
    'answered with %s is tried once in a new session, then refused',
    async (reply) => {
      const plug = at.client();
      await plug.read();
      at.tapo.behave({ reply });
      const requests = at.tapo.seqs.length;
      const error = await outcome(plug.read());
      expect(error).toBeInstanceOf(PlugProtocolError);
      expect((error as Error).message).toContain('key-light');
      // The page also answers the second handshake, so no second request comes of it.
      expect(at.tapo.seqs.length - requests).toBe(reply === 'page' ? 1 : 2);
      expect(at.tapo.handshakes).toBe(2);
      at.tapo.behave({ reply: 'answer' });
      expect((await plug.read()).relay).toBe(true);
    },
  );

  it("answered with JSON that is not TP-Link's is refused", async () => {
    at.tapo.behave({ reply: 'other-json' });
    expect(await outcome(at.client().read())).toBeInstanceOf(PlugProtocolError);
  });

  it('answered with more than 64 kB is cut off', async () => {
    at.tapo.behave({ reply: 'huge' });
    const error = await outcome(at.client().read());
    expect(error).toBeInstanceOf(PlugProtocolError);
    expect((error as Error).message).toContain('65536');
  });

  it('is given up after 5 s, and the next one works', async () => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ reply: 'never' });
    const requests = at.tapo.seqs.length;
    const reading = outcome(plug.read());
    await until('the request arrives', () => at.tapo.seqs.length > requests);
    await at.clock.advance(4999);
    expect(await Promise.race([reading, Promise.resolve('pending')])).toBe('pending');
    await at.clock.advance(1);
    const error = await reading;
    expect(error).toBeInstanceOf(PlugUnreachable);
    expect((error as Error).message).toContain('did not answer within 5 s');
    at.tapo.behave({ reply: 'answer' });
    expect((await plug.read()).relay).toBe(true);
  });

  it('waits for an answer that is slow', async () => {
    at.tapo.behave({ replyDelayMs: 1000 });
    const reading = at.client().read();
    for (const step of ['handshake 1', 'handshake 2', 'the request']) {
      // The plug's midnight, our time-out, and the plug's delay.
      await until(`${step} is being answered`, () => at.clock.waiting.length === 2);
      await at.clock.advance(1000);
    }
    expect((await reading).relay).toBe(true);
  });

  it('works over a connection that the plug closes after each answer', async () => {
    at.tapo.behave({ closeAfterReply: true });
    const plug = at.client();
    for (let round = 0; round < 20; round += 1) expect((await plug.read()).relay).toBe(true);
    expect(at.tapo.handshakes).toBe(1);
  });

  it('to a plug that hangs up is unreachable', async () => {
    at.tapo.behave({ reply: 'hang-up' });
    expect(await outcome(at.client().read())).toBeInstanceOf(PlugUnreachable);
  });

  it('says that the plug is asked too often when it answers 429', async () => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ requestStatus: 429 });
    const error = await outcome(plug.read());
    expect(error).toBeInstanceOf(PlugUnreachable);
    expect((error as Error).message).toContain('pollSeconds');
  });

  it('is not repeated when the plug calls it malformed', async () => {
    const plug = at.client();
    await plug.read();
    const requests = at.tapo.seqs.length;
    at.tapo.behave({ requestStatus: 400 });
    expect(await outcome(plug.read())).toBeInstanceOf(PlugProtocolError);
    expect(at.tapo.seqs.length - requests).toBe(1);
  });

  it('that loses its session twice in a row names the likely cause', async () => {
    at.tapo.behave({ requestStatus: 403 });
    const error = await outcome(at.client().read());
    expect(error).toBeInstanceOf(PlugUnreachable);
    expect((error as Error).message).toContain('another program');
    expect(at.tapo.handshakes).toBe(2);
  });

  it('fails at once when offair stops', async () => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ reply: 'never' });
    const requests = at.tapo.seqs.length;
    const reading = outcome(plug.read());
    await until('the request arrives', () => at.tapo.seqs.length > requests);
    await plug.stop();
    expect(await reading).toBeInstanceOf(PlugUnreachable);
    expect(await messageOf(plug.read())).toContain('stopping');
  });
});

describe('the simulated web server', () => {
  it('sees no body where Content-Length is written in small letters, as fetch does', async () => {
    const reply = await fetch(`http://${at.host}:${at.port}/app/handshake1`, {
      method: 'POST',
      body: Buffer.alloc(16),
    });
    expect(await reply.text()).toContain('200 OK');
    expect(at.tapo.handshakes).toBe(0);
  });
});

describe('something that is no plug', () => {
  const servers: { close(): void }[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  const plugAt = (port: number) =>
    tapoFactory(adapterDeps({ clock: at.clock, secret: () => 'x' }), 0)(
      { id: 'lamp' },
      { adapter: 'tapo', host: '127.0.0.1', port, mac: MAC, pollSeconds: 10 },
    );
  const listen = (onConnection: (socket: Socket) => void) =>
    new Promise<number>((resolve) => {
      const server = createServer((socket) => onConnection(socket.on('error', () => {})));
      servers.push(server);
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });

  it('and answers without HTTP is refused as such', async () => {
    const port = await listen((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    const error = await outcome(plugAt(port).read());
    expect(error).toBeInstanceOf(PlugProtocolError);
    expect((error as Error).message).toContain('does not answer with HTTP');
  });

  it('and closes every connection is unreachable', async () => {
    const port = await listen((socket) => socket.destroy());
    expect(await outcome(plugAt(port).read())).toBeInstanceOf(PlugUnreachable);
  });
});

describe('the queue of one plug', () => {
  it('keeps 250 ms between two requests', async () => {
    const reading = at.client({ spacingMs: 250 }).read();
    for (const step of ['handshake 2', 'the request']) {
      await until(`${step} waits`, () => at.clock.waiting.includes(250));
      await at.clock.advance(250);
    }
    expect((await reading).relay).toBe(true);
    expect(at.tapo.arrivals).toEqual([0, 250, 500]);
  });

  it('lets a command go ahead of polls that wait', async () => {
    const plug = at.client();
    await plug.read();
    const done: string[] = [];
    const note = (what: string) => () => done.push(what);
    await Promise.all([
      plug.read().then(note('first poll')),
      plug.read().then(note('second poll')),
      plug.relay.switchTo(false, at.clock.monotonicMs() + 1000).then(note('command')),
    ]);
    expect(done).toEqual(['first poll', 'command', 'second poll']);
  });

  it.each<[string, expiresInMs: number, endsOnAir: boolean]>([
    ['expired', 3000, false],
    ['was no longer wanted', 60_000, true],
  ])('drops a command that %s while it waited for a slow answer', async (_, expiresInMs, endsOnAir) => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ reply: 'never' });
    const requests = at.tapo.seqs.length;
    const reading = outcome(plug.read());
    await until('the poll arrives', () => at.tapo.seqs.length > requests);
    let onAir = false;
    const command = outcome(plug.relay.switchTo(false, at.clock.monotonicMs() + expiresInMs, () => !onAir));
    at.tapo.behave({ reply: 'answer' });
    onAir = endsOnAir;
    await at.clock.advance(5000);
    expect(await reading).toBeInstanceOf(PlugUnreachable);
    expect(await command).toBeInstanceOf(CommandExpired);
    expect(at.tapo.executed).toEqual([]);
  });

  it('drops a command that is no longer wanted after the pause between two requests', async () => {
    const plug = at.client({ spacingMs: 250 });
    let read = false;
    const reading = plug.read().finally(() => {
      read = true;
    });
    const pausing = () => at.clock.waiting.includes(250);
    await until('it is read', async () => {
      if (pausing()) await at.clock.advance(250);
      return read;
    });
    await reading;
    let onAir = false;
    const command = outcome(plug.relay.switchTo(false, at.clock.monotonicMs() + 60_000, () => !onAir));
    await until('its turn has come, and it waits for the plug', pausing);
    onAir = true;
    await at.clock.advance(250);
    expect(await command).toBeInstanceOf(CommandExpired);
    expect(at.tapo.executed).toEqual([]);
  });

  it('drops a command that is no longer wanted when the connection stands', async () => {
    const plug = at.client();
    await plug.read();
    let onAir = false;
    const command = outcome(plug.relay.switchTo(false, at.clock.monotonicMs() + 60_000, () => !onAir));
    // As when a live begins while a connection is made, after everything else was waited for.
    await Promise.resolve();
    onAir = true;
    expect(await command).toBeInstanceOf(CommandExpired);
    expect(at.tapo.executed).toEqual([]);
  });

  it('gives a command up at its expiry when the plug does not answer, and never repeats it', async () => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ reply: 'never' });
    const requests = at.tapo.seqs.length;
    const command = outcome(plug.relay.switchTo(false, at.clock.monotonicMs() + 2000));
    await until('the command arrives', () => at.tapo.seqs.length > requests);
    await at.clock.advance(2000);
    expect(await command).toBeInstanceOf(PlugUnreachable);
    at.tapo.behave({ reply: 'answer' });
    await plug.read();
    expect(at.tapo.executed).toEqual([]);
  });

  it('never says "not sent" of an expired command that may have arrived: its answer can not be read', async () => {
    const plug = at.client({ spacingMs: 250 });
    const reading = plug.read();
    for (const step of ['handshake 2', 'the request']) {
      await until(`${step} waits`, () => at.clock.waiting.includes(250));
      await at.clock.advance(250);
    }
    await reading;
    at.clock.jump(1000);
    at.tapo.behave({ reply: 'undecryptable' });
    const command = outcome(plug.relay.switchTo(false, at.clock.monotonicMs() + 240));
    await until('a new handshake waits for its turn', () => at.clock.waiting.includes(250));
    await at.clock.advance(250);
    expect(await command).toBeInstanceOf(PlugProtocolError);
  });

  it('never says "not sent" of an expired command that may have arrived: the connection broke', async () => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ reply: 'never' });
    const requests = at.tapo.seqs.length;
    const command = outcome(plug.relay.switchTo(false, at.clock.monotonicMs() + 1000));
    await until('the command arrives', () => at.tapo.seqs.length > requests);
    at.clock.jump(2000);
    await at.tapo.stop();
    expect(await command).toBeInstanceOf(PlugUnreachable);
  });

  it('switches in a new session when the old one was taken', async () => {
    const plug = at.client();
    await plug.read();
    at.tapo.endSessions();
    await plug.relay.switchTo(false, at.clock.monotonicMs() + 1000);
    expect(at.tapo.executed.map(({ on }) => on)).toEqual([false]);
    expect(at.outlet.relay).toBe(false);
  });
});
