import { constants, createCipheriv, createDecipheriv, createHash, publicEncrypt, randomBytes } from 'node:crypto';
import { disturbed, type Fate, type ServerAnswer, type SideDeps, SimulatedSessions } from './tapo-behaviour.ts';

const SESSION_OVER = 9999;
const NOT_SPOKEN = 1003;
const NO_JSON = -1003;
const BAD_KEY = -1010;
const WRONG_ACCOUNT = -1501;

interface AesSession {
  key: Buffer;
  iv: Buffer;
  /** null until the login. */
  token: string | null;
}

/** The plug's side of securePassthrough. Written apart from the client, so that they check each other. */
export class SimulatedAes {
  readonly #deps: SideDeps;
  readonly #username: string;
  readonly #password: string;
  readonly #sessions: SimulatedSessions<AesSession>;
  /** Length of each handshake that arrived, bytes. */
  readonly handshakeBytes: number[] = [];
  /** The parameters of each login that arrived, oldest first. */
  readonly logins: Record<string, unknown>[] = [];

  constructor(deps: SideDeps, account: { username: string; password: string }) {
    this.#deps = deps;
    this.#username = account.username;
    this.#password = account.password;
    this.#sessions = new SimulatedSessions(deps);
  }

  endSessions(): void {
    this.#sessions.endAll();
  }

  /** Answers a POST; null when the path is another. @param id from the cookie */
  handle(url: URL, id: string, body: Buffer): Fate | null {
    if (url.pathname !== '/app') return null;
    const { speaks, handshakeStatus } = this.#deps.behaviour();
    if (!speaks.some((spoken) => spoken.startsWith('aes'))) return failed(NOT_SPOKEN);
    const message = parse(body.toString('utf8'));
    if (message?.method === 'handshake') {
      this.handshakeBytes.push(body.length);
      return handshakeStatus === null ? this.#handshake(message.params?.key) : { status: handshakeStatus };
    }
    if (message?.method !== 'securePassthrough') return failed(NO_JSON);
    return this.#passthrough(id, url.searchParams.get('token'), message.params?.request);
  }

  #handshake(publicKey: unknown): Fate {
    const [key, iv] = [randomBytes(16), randomBytes(16)];
    try {
      const padded = { key: String(publicKey), padding: constants.RSA_PKCS1_PADDING };
      const encrypted = publicEncrypt(padded, Buffer.concat([key, iv])).toString('base64');
      return {
        ...json({ error_code: 0, result: { key: encrypted } }),
        cookie: this.#sessions.begin({ key, iv, token: null }),
      };
    } catch {
      return failed(BAD_KEY);
    }
  }

  #passthrough(id: string, token: string | null, request: unknown): Fate {
    const behaviour = this.#deps.behaviour();
    const session = this.#sessions.find(id);
    // Some clients write a token into the address of their login too.
    if (!session || (session.token !== null && session.token !== token)) return failed(SESSION_OVER);
    let text: string;
    try {
      const decipher = createDecipheriv('aes-128-cbc', session.key, session.iv);
      text = Buffer.concat([decipher.update(String(request), 'base64'), decipher.final()]).toString('utf8');
    } catch {
      return failed(-1005);
    }
    if (session.token === null) return this.#encrypted(session, this.#login(session, id, text));
    if (behaviour.requestStatus !== null) return { status: behaviour.requestStatus };
    if (behaviour.passthroughCode !== null) return failed(behaviour.passthroughCode);
    const instead = disturbed(behaviour);
    if (instead) return instead;
    if (behaviour.reply === 'undecryptable')
      return json({ error_code: 0, result: { response: randomBytes(160).toString('base64') } });
    const answer = this.#deps.answer(text);
    if (behaviour.clearAnswers) return json({ error_code: 0, result: { response: answer } });
    return this.#encrypted(session, answer);
  }

  #login(session: AesSession, id: string, text: string): string {
    const { method, params } = parse(text) ?? {};
    if (method !== 'login_device' || !params) return JSON.stringify({ error_code: NO_JSON });
    this.logins.push(params);
    const { speaks } = this.#deps.behaviour();
    const right =
      params.username === base64(sha1(this.#username)) &&
      ((speaks.includes('aes-1') && params.password === base64(this.#password)) ||
        (speaks.includes('aes-2') && params.password2 === base64(sha1(this.#password))));
    if (!right) {
      // Nothing but a new handshake helps now.
      session.token = 'none';
      return JSON.stringify({ error_code: WRONG_ACCOUNT });
    }
    session.token = randomBytes(16).toString('hex').toUpperCase();
    this.#sessions.keepAlone(id);
    return JSON.stringify({ error_code: 0, result: { token: session.token } });
  }

  #encrypted({ key, iv }: AesSession, text: string): ServerAnswer {
    const cipher = createCipheriv('aes-128-cbc', key, iv);
    const response = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
    return json({ error_code: 0, result: { response } });
  }
}

function json(body: object): ServerAnswer {
  return { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
}

function failed(code: number): ServerAnswer {
  return json({ error_code: code });
}

function parse(text: string): { method?: unknown; params?: Record<string, unknown> } | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const base64 = (text: string) => Buffer.from(text).toString('base64');
