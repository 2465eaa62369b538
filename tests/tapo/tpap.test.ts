import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TpapReply, TpapStep } from '../../adapters/simulator/tapo-tpap.ts';
import { LoginRefused, type Session, SessionLost, WrongTransport } from '../../adapters/tapo/kind.ts';
import { CommandExpired, PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { seeded } from '../support/random.ts';
import { ACCOUNT, type TpapBench, tpapBench } from './tpap-bench.ts';

const REQUEST = '{"method":"get_device_info"}';
const ANSWER = { error_code: 0, result: { nickname: 'café' } };
const NEVER = Number.POSITIVE_INFINITY;

let at: TpapBench;
beforeEach(async () => {
  at = await tpapBench(JSON.stringify(ANSWER));
});
afterEach(() => at.close());

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it succeeded'),
    (error: Error) => error,
  );
const ask = (session: Session, expiresAtMs = NEVER) => session.send(REQUEST, () => expiresAtMs);
/** Changes the JSON of one step's result. */
const change = (step: TpapStep, result: Record<string, unknown>) => {
  at.plug.behaviour.tamper = (at, reply) => {
    if (at !== step) return reply;
    const whole = JSON.parse(reply.body.toString());
    return { ...reply, body: Buffer.from(JSON.stringify({ ...whole, result: { ...whole.result, ...result } })) };
  };
};
const answerIn = (step: TpapStep, answer: unknown, status = 200) => {
  at.plug.behaviour.tamper = (at, reply) =>
    at === step ? { ...reply, status, body: Buffer.from(JSON.stringify(answer)) } : reply;
};
/** One bit is another, or the end is missing. */
const damaged = (body: Buffer, random: () => number) => {
  const place = Math.floor(random() * body.length);
  if (random() < 0.5) return body.subarray(0, place);
  const changed = Buffer.from(body);
  changed.writeUInt8(changed.readUInt8(place) ^ (1 << Math.floor(random() * 8)), place);
  return changed;
};
const FITTING = [WrongTransport, PlugAuthRefused, PlugProtocolError, PlugUnreachable];

describe('a TPAP login', () => {
  it('opens a session in which requests and answers are encrypted and numbered', async () => {
    const session = await at.open();
    for (let round = 0; round < 3; round += 1) expect(await ask(session)).toEqual(ANSWER);
    expect(at.plug.seqs).toEqual([100, 101, 102]);
    expect(at.plug.proofs).toBe(1);
    expect(at.arrived.map(({ contentType }) => contentType)).toEqual([
      ...Array(3).fill('application/json'),
      ...Array(3).fill('application/octet-stream'),
    ]);
  });

  it('takes a compressed share too', async () => {
    at.plug.behaviour.compressedShare = true;
    expect(await ask(await at.open())).toEqual(ANSWER);
  });

  it('registers under the name that the plug can look up', async () => {
    at.plug.behaviour.userHashType = 1;
    expect(await ask(await at.open())).toEqual(ANSWER);
  });

  it('sends a nonce where the plug wants to prove its make, and none elsewhere', async () => {
    await at.open();
    expect(at.plug.steps.at(-1)).not.toHaveProperty('dac_nonce');
    at.plug.behaviour.dac = true;
    expect(await ask(await at.open())).toEqual(ANSWER);
  });

  it.each([
    ['e-mail and password, hashed by nothing', null, 'user@example.com/great_password'],
    ['e-mail and password, by an empty form', {}, 'user@example.com/great_password'],
    [
      'SHA-1 by another number',
      { type: 'password_shadow', params: { passwd_id: 4 } },
      '698789c94a1bc1bf1bc2730bb513acd9fec936f8',
    ],
    [
      'a hash of e-mail and MAC',
      { type: 'password_shadow', params: { passwd_id: 3 } },
      '6f5d8808cfab015f2c334dfc83c15be1a3a154a1',
    ],
    [
      'a salted SHA-256',
      { type: 'password_sha_with_salt', params: { sha_name: 0, sha_salt: Buffer.from('salt').toString('base64') } },
      '88344a6afaa116c841db3f285db955a7f36a817d3143fd41ca2cc2ab00391df9',
    ],
  ])('stands for the account with %s', async (_, extraCrypt, secret) => {
    at.become(secret);
    at.plug.behaviour.extraCrypt = extraCrypt;
    expect(await ask(await at.open())).toEqual(ANSWER);
  });

  it('calls a shared password by its name', async () => {
    at.plug.behaviour.pake = [3];
    await at.open();
    expect(at.plug.steps.map((step) => step.passcode_type)).toContain('shared_token');
  });

  it('is not sent any more when the command has expired', async () => {
    expect(await failure(at.open(ACCOUNT, at.clock.monotonicMs()))).toBeInstanceOf(CommandExpired);
    expect(at.plug.steps).toEqual([]);
  });
});

describe('a plug that TPAP can not be spoken to', () => {
  it.each(['compatibility', 'absent'] as const)('is told apart: %s', async (tpap) => {
    at.plug.behaviour.tpap = tpap;
    expect(await failure(at.open())).toBeInstanceOf(WrongTransport);
  });

  it.each([
    ['an error', { error_code: 1003 }],
    ['a list', [1, 2]],
    ['an offer without ways to log in', { error_code: 0, result: { tpap: { tls: 0 } } }],
  ])('is told apart when it answers the question with %s', async (_, answer) => {
    answerIn('discover', answer);
    expect(await failure(at.open())).toBeInstanceOf(WrongTransport);
  });

  it('is told apart when it serves its one page', async () => {
    at.plug.behaviour.tamper = (_step, reply) => ({ ...reply, body: Buffer.from('<html>200 OK</html>') });
    expect(await failure(at.open())).toBeInstanceOf(WrongTransport);
  });

  it('is refused when it wants TLS', async () => {
    at.plug.behaviour.tls = 2;
    const error = await failure(at.open());
    expect(error).toBeInstanceOf(WrongTransport);
    expect(error.message).toContain('TLS (mode 2)');
  });

  it.each([7, 0])(
    'is refused when it takes no password but one that anyone can work out, or none: %i',
    async (pake) => {
      at.plug.behaviour.pake = [pake];
      const error = await failure(at.open());
      expect(error).toBeInstanceOf(PlugAuthRefused);
      expect(error.message).toContain(`pake ${pake}`);
      expect(at.plug.proofs).toBe(0);
    },
  );

  it.each([
    ['an unknown hash', { type: 'password_shadow', params: { passwd_id: 5 } }, '"passwd_id":5'],
    ['an unknown form', { type: 'password_authkey', params: { authkey_tmpkey: 'x' } }, 'password_authkey'],
  ])('is refused when it wants %s of the password, before anything is proved', async (_, extraCrypt, said) => {
    at.plug.behaviour.extraCrypt = extraCrypt;
    const error = await failure(at.open());
    expect(error).toBeInstanceOf(WrongTransport);
    expect(error.message).toContain(said);
    expect(at.plug.proofs).toBe(0);
  });

  it('is asked again later when it is asked too often', async () => {
    at.plug.behaviour.tamper = (_step, reply) => ({ ...reply, status: 429 });
    expect(await failure(at.open())).toBeInstanceOf(PlugUnreachable);
  });
});

describe('a wrong password', () => {
  const wrong = { ...ACCOUNT, password: 'not it' };

  it('is tried exactly once, and the attempts that are left are told', async () => {
    const error = await failure(at.open(wrong));
    expect(error).toBeInstanceOf(LoginRefused);
    expect(error).toBeInstanceOf(PlugAuthRefused);
    expect((error as LoginRefused).remainingAttempts).toBe(14);
    expect(error.message).toContain('14 more');
    expect(error.message).not.toContain('not it');
    expect(at.plug.proofs).toBe(1);
  });

  it('locks the plug in the end, which then says so before a password is proved', async () => {
    for (let attempt = 0; attempt < 15; attempt += 1) await failure(at.open(wrong));
    const error = await failure(at.open());
    expect(error).toBeInstanceOf(PlugAuthRefused);
    expect(error).not.toBeInstanceOf(LoginRefused);
    expect(error.message).toContain('too many wrong passwords');
    expect(at.plug.proofs).toBe(15);
    at.clock.jump(30 * 60_000);
    expect(await ask(await at.open())).toEqual(ANSWER);
  });

  it.each([
    ['code -1501', { error_code: -1501 }, 200],
    ['a code that nobody knows', { error_code: -2299, error_info: 'no' }, 200],
    ['HTTP 403', {}, 403],
    ['HTTP 400', {}, 400],
  ])('may be told by %s', async (_, body, status) => {
    answerIn('pake_share', body, status);
    const error = await failure(at.open());
    expect(error).toBeInstanceOf(LoginRefused);
    expect((error as LoginRefused).remainingAttempts).toBe(0);
  });

  it.each([
    [{ error_code: 9999 }, 200],
    [{ error_code: -1301 }, 200],
    [{}, 429],
  ])('is not what a plug means by %j and HTTP %d', async (body, status) => {
    answerIn('pake_share', body, status);
    expect(await failure(at.open())).toBeInstanceOf(PlugUnreachable);
  });
});

describe('a device that only pretends', () => {
  it.each([
    ['another', randomBytes(32).toString('base64')],
    ['a short', 'AAAA'],
  ])('is refused with %s proof', async (_, dev_confirm) => {
    change('pake_share', { dev_confirm });
    const error = await failure(at.open());
    expect(error).toBeInstanceOf(LoginRefused);
    expect(error.message).toContain('could not prove');
  });

  it.each([
    ['off the curve', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)])],
    ['at infinity', Buffer.from([0])],
    ['of no coordinates', Buffer.concat([Buffer.from([2]), Buffer.alloc(32, 255)])],
    ['too short', Buffer.from([4, 1])],
  ])('is refused with a share %s, before anything is proved', async (_, share) => {
    change('pake_register', { dev_share: share.toString('base64') });
    const error = await failure(at.open());
    expect(error).toBeInstanceOf(PlugProtocolError);
    expect(error.message).toContain('invalid share');
    expect(at.plug.proofs).toBe(0);
  });

  it.each([
    { iterations: 100_001 },
    { iterations: 0 },
    { cipher_suites: 3 },
    { encryption: 'aes_256_ccm' },
    { dev_salt: '' },
    { dev_random: 5 },
    { dev_share: '*' },
  ])('is refused when it answers the registration with %j', async (result) => {
    change('pake_register', result);
    const error = await failure(at.open());
    expect(error).toBeInstanceOf(PlugProtocolError);
    expect(error.message).toContain(Object.keys(result)[0]);
    expect(at.plug.proofs).toBe(0);
  });

  it.each([{ start_seq: -1 }, { start_seq: 2 ** 32 }, { sessionId: '' }, { sessionId: undefined }])(
    'is refused, and not soon asked again, when it grants %j: it may have counted the proof',
    async (result) => {
      change('pake_share', result);
      expect(await failure(at.open())).toBeInstanceOf(PlugAuthRefused);
    },
  );

  it('is not soon asked again when it answers the proof with HTTP 500', async () => {
    answerIn('pake_share', {}, 500);
    expect(await failure(at.open())).toBeInstanceOf(PlugAuthRefused);
  });
});

describe('a login of which a bit is wrong or a byte is missing', () => {
  it.each(['discover', 'pake_register', 'pake_share'] as const)('ends in words that fit: %s', async (wanted) => {
    const random = seeded(11);
    at.plug.behaviour.iterations = 1;
    at.plug.behaviour.tamper = (step, reply) =>
      step === wanted ? { ...reply, body: damaged(reply.body, random) } : reply;
    for (let round = 0; round < 25; round += 1) {
      const end = await at.open().catch((error: Error) => error);
      if (end instanceof Error)
        expect(
          FITTING.some((kind) => end instanceof kind),
          end.stack,
        ).toBe(true);
      // A bit of `noc` may change without harm; under another name the plug won't know the session.
      else expect([ANSWER, expect.any(SessionLost)]).toContainEqual(await ask(end).catch((error: Error) => error));
    }
  });
});

describe('a TPAP session', () => {
  it('may be named stok', async () => {
    at.plug.behaviour.tamper = (step, reply) =>
      step === 'pake_share'
        ? { ...reply, body: Buffer.from(reply.body.toString().replace('sessionId', 'stok')) }
        : reply;
    expect(await ask(await at.open())).toEqual(ANSWER);
  });

  it('is renewed 20 minutes before it ends, or at half time when it is short', async () => {
    const long = await at.open();
    at.plug.behaviour.expiresSeconds = 100;
    const short = await at.open();
    at.clock.jump(49_999);
    expect(short.usableAt(at.clock.monotonicMs())).toBe(true);
    at.clock.jump(1);
    expect(short.usableAt(at.clock.monotonicMs())).toBe(false);
    expect(long.usableAt((86_400 - 1200) * 1000 - 1)).toBe(true);
    expect(long.usableAt((86_400 - 1200) * 1000)).toBe(false);
  });

  it('is renewed before its numbers run out', async () => {
    at.plug.behaviour.startSeq = 0xffffffef;
    const session = await at.open();
    for (const seq of [0xffffffef, 0xfffffff0]) {
      expect(session.usableAt(0)).toBe(true);
      expect(await ask(session)).toEqual(ANSWER);
      expect(at.plug.seqs.at(-1)).toBe(seq);
    }
    expect(session.usableAt(0)).toBe(false);
  });

  it('is lost when the plug has forgotten it', async () => {
    const session = await at.open();
    at.plug.endSessions();
    const error = await failure(ask(session));
    expect(error).toBeInstanceOf(SessionLost);
    expect(error).toMatchObject({ mayHaveArrived: false, verdict: expect.any(PlugUnreachable) });
  });

  it.each([-2203, 9999, -40401, -40413])('is lost when the plug answers %d in clear', async (error_code) => {
    const session = await at.open();
    answerIn('ds', { error_code });
    expect(await failure(ask(session))).toBeInstanceOf(SessionLost);
  });

  it.each([401, 403])('is lost when the plug answers with HTTP %d', async (status) => {
    const session = await at.open();
    answerIn('ds', {}, status);
    expect(await failure(ask(session))).toBeInstanceOf(SessionLost);
  });

  it('reports another error in clear', async () => {
    const session = await at.open();
    answerIn('ds', { error_code: -1301 });
    expect(await failure(ask(session))).toBeInstanceOf(PlugUnreachable);
  });

  it.each([{ ...ANSWER }, {}, { error_code: '0' }])('never believes an answer in clear: %j', async (answer) => {
    const session = await at.open();
    answerIn('ds', answer);
    const error = await failure(ask(session));
    expect(error).toBeInstanceOf(PlugProtocolError);
    expect(error.message).toContain('without encryption');
  });

  it('refuses the answer to another request', async () => {
    const session = await at.open();
    let earlier: TpapReply | null = null;
    at.plug.behaviour.tamper = (_step, reply) => {
      earlier ??= reply;
      return earlier;
    };
    await ask(session);
    const error = await failure(ask(session));
    expect(error).toBeInstanceOf(SessionLost);
    expect(error).toMatchObject({ mayHaveArrived: true, verdict: expect.any(PlugProtocolError) });
  });

  it('refuses encrypted text that is not JSON', async () => {
    at.answer = '{"device_on":tr';
    const error = await failure(ask(await at.open()));
    expect(error).toMatchObject({ mayHaveArrived: true, verdict: expect.any(PlugProtocolError) });
  });

  it('refuses every answer of which a bit is wrong or a byte is missing', async () => {
    const random = seeded(7);
    const session = await at.open();
    at.plug.behaviour.tamper = (_step, reply) => ({ ...reply, body: damaged(reply.body, random) });
    for (let round = 0; round < 200; round += 1) {
      const error = await failure(ask(session));
      expect([SessionLost, PlugProtocolError]).toContain(error.constructor);
      expect(error.message).not.toContain('stok');
    }
  });
});
