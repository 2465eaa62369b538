import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AesCipher, loginParams, rsaKeys } from '../../adapters/tapo/aes.ts';
import { PlugAuthRefused, PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import { ACCOUNT, type Bench, bench, type WatchedClock } from './studio.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const USERNAME = 'NjNhNzEwNTY5MjYxYTI0YjM3NjYyNzViNzAwMGNlOGQ3YjMyZTJmNw==';
const PASSWORD_2 = 'Njk4Nzg5Yzk0YTFiYzFiZjFiYzI3MzBiYjUxM2FjZDlmZWM5MzZmOA==';

describe('securePassthrough agrees byte for byte with the known answers', () => {
  it('in both logins', () => {
    expect(loginParams(ACCOUNT, 1)).toEqual({ username: USERNAME, password: 'Z3JlYXRfcGFzc3dvcmQ=' });
    expect(loginParams(ACCOUNT, 2)).toEqual({ username: USERNAME, password2: PASSWORD_2 });
  });

  it('in an encrypted login', () => {
    const cipher = new AesCipher(hex('000102030405060708090a0b0c0d0e0f'), hex('101112131415161718191a1b1c1d1e1f'));
    const params = loginParams(ACCOUNT, 2);
    const text = JSON.stringify({ method: 'login_device', params, request_time_milis: 1_700_000_000_000 });
    const encrypted =
      'sbme+DTuHHZx6iqk4H9wbDERjvlFv4XRkrk5eyuNb2O69tAKQs2CRJcpUlW01M4cSNq2bWzP067atAJsItGCFIna4tdIlDlj6aSj26ZBGRFfyol' +
      'zOfgDM9L3vN7t+L5vzdga6d7eFpKxMfQ+gcNReXDK25OIC+9p4iejpRetmxz14kx9aaBiTn14GQnpl+ozlyIGiuym6GxFfVmuMCFENy9z1b9fFZ' +
      '6o+bHbEjpr8cw5XGNCX6YMkR14771uihGRZ6qFsJgu+vwsG9XzWCJs7M1nfKRQc4WWPal6zWxdxPY=';
    expect(cipher.encrypt(text)).toBe(encrypted);
    expect(cipher.decrypt(encrypted)).toBe(text);
  });

  it('in the 314 bytes of the handshake, with a key in one line', async () => {
    const { publicPem } = await rsaKeys();
    expect(publicPem).toMatch(/^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=]+\n-----END PUBLIC KEY-----\n$/);
    expect(createPublicKey(publicPem).asymmetricKeyDetails?.modulusLength).toBe(1024);
    expect(JSON.stringify({ method: 'handshake', params: { key: publicPem } })).toHaveLength(314);
  });
});

describe('the key of a session', () => {
  it.each([31, 33, 0])('of %i bytes in place of 32 is refused', async (length) => {
    const { publicPem, privateKey } = await rsaKeys();
    const padded = { key: publicPem, padding: constants.RSA_PKCS1_PADDING };
    const encrypted = publicEncrypt(padded, randomBytes(length)).toString('base64');
    expect(() => AesCipher.fromHandshake(encrypted, privateKey)).toThrow();
  });

  it('that was not made for ours is refused', async () => {
    const { privateKey } = await rsaKeys();
    for (const bytes of [0, 16, 128, 200])
      expect(() => AesCipher.fromHandshake(randomBytes(bytes).toString('base64'), privateKey)).toThrow();
  });
});

let at: Bench<WatchedClock>;
beforeEach(async () => {
  at = await bench();
  at.tapo.behave({ speaks: ['aes-2'] });
});
afterEach(() => at.close());

const failure = async (promise: Promise<unknown>): Promise<Error> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it did not fail');
  return error;
};
const passthroughs = () => at.tapo.paths.filter((path) => path === '/app').length;

describe('a plug that speaks securePassthrough', () => {
  it('is read and switched with one login, and told no password in clear', async () => {
    const plug = at.client();
    for (let round = 0; round < 3; round += 1) expect((await plug.read()).watts).toBe(74.116);
    await plug.relay.switchTo(false, at.clock.monotonicMs() + 1000);
    expect(at.outlet.relay).toBe(false);
    expect(at.tapo.aes.handshakeBytes).toEqual([314]);
    expect(at.tapo.aes.logins).toEqual([{ username: USERNAME, password2: PASSWORD_2 }]);
  });

  it('may know only the older login, which is found once', async () => {
    at.tapo.behave({ speaks: ['aes-1'] });
    const plug = at.client();
    expect((await plug.read()).watts).toBe(74.116);
    expect(at.tapo.aes.logins.map((params) => Object.keys(params))).toEqual([
      ['password2', 'username'],
      ['password', 'username'],
    ]);
    at.tapo.endSessions();
    expect((await plug.read()).watts).toBe(74.116);
    expect(at.tapo.aes.logins).toHaveLength(3);
  });

  it('ends sessions with 9999: a new one is made without a word', async () => {
    at.tapo.behave({ sessionMs: 12_000 });
    const plug = at.client();
    for (let round = 0; round < 4; round += 1) {
      expect((await plug.read()).watts).toBe(74.116);
      at.clock.jump(10_000);
    }
    expect(at.tapo.aes.logins).toHaveLength(2);
  });

  it('is logged in to 20 minutes before its session ends', async () => {
    const plug = at.client();
    await plug.read();
    at.clock.jump((86_400 - 1200) * 1000);
    await plug.read();
    expect(at.tapo.aes.logins).toHaveLength(2);
  });

  it.each([
    [9999, PlugUnreachable],
    [-1005, PlugUnreachable],
    [1003, PlugAuthRefused],
    [-1501, PlugAuthRefused],
  ])('that ends every session at once, by %i, is tried in one new session', async (passthroughCode, kind) => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ passthroughCode });
    expect(await failure(plug.read())).toBeInstanceOf(kind);
    expect(at.tapo.aes.logins).toHaveLength(2);
    at.tapo.behave({ passthroughCode: null });
    expect((await plug.read()).relay).toBe(true);
  });

  it.each([
    [1002, PlugUnreachable],
    [-1301, PlugUnreachable],
    [-1003, PlugProtocolError],
  ])('that refuses a request with %i is not asked it again at once', async (passthroughCode, kind) => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ passthroughCode });
    const before = passthroughs();
    const error = await failure(plug.read());
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(String(passthroughCode));
    expect(passthroughs() - before).toBe(1);
  });

  it('refuses a wrong password for good, in both logins, without being asked again', async () => {
    const plug = at.client({ password: 'Great_Password' });
    const error = await failure(plug.read());
    expect(error).toBeInstanceOf(PlugAuthRefused);
    expect(error.message).toContain('capitals included');
    expect(error.message).not.toContain('Great_Password');
    const before = at.tapo.arrivals.length;
    expect(await failure(plug.read())).toBeInstanceOf(PlugAuthRefused);
    expect(at.tapo.arrivals).toHaveLength(before);
    expect(at.tapo.aes.logins).toHaveLength(2);
  });

  it('may answer without encryption', async () => {
    at.tapo.behave({ clearAnswers: true });
    expect((await at.client().read()).watts).toBe(74.116);
  });

  it.each(['garbage', 'undecryptable', 'not-json', 'page'] as const)(
    'that answers %s is tried once in a new session, then refused',
    async (reply) => {
      const plug = at.client();
      await plug.read();
      at.tapo.behave({ reply });
      const error = await failure(plug.read());
      expect(error).toBeInstanceOf(PlugProtocolError);
      expect(error.message).toContain('key-light');
      expect(at.tapo.aes.logins).toHaveLength(2);
      at.tapo.behave({ reply: 'answer' });
      expect((await plug.read()).relay).toBe(true);
    },
  );

  it('is asked later when it answers 429', async () => {
    const plug = at.client();
    await plug.read();
    at.tapo.behave({ requestStatus: 429 });
    expect(await failure(plug.read())).toBeInstanceOf(PlugUnreachable);
    at.tapo.endSessions();
    at.tapo.behave({ handshakeStatus: 429, requestStatus: null });
    expect((await failure(plug.read())).message).toContain('asked too often');
  });
});
