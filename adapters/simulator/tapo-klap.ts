import { randomBytes } from 'node:crypto';
import { HASH_BYTES, KLAP_1, KLAP_2, KlapCipher, type KlapVersion, SEED_BYTES } from '../tapo/klap.ts';
import { disturbed, type Fate, type SideDeps, SimulatedSessions, STOCK_PAGE } from './tapo-behaviour.ts';

interface KlapSession {
  localSeed: Buffer;
  remoteSeed: Buffer;
  version: KlapVersion;
  /** null until handshake 2. */
  cipher: KlapCipher | null;
  lastSeq: number | null;
}

/** The plug's side of KLAP, versions 1 and 2. */
export class SimulatedKlap {
  readonly #deps: SideDeps;
  readonly #username: string;
  readonly #password: string;
  readonly #sessions: SimulatedSessions<KlapSession>;
  /** How often somebody has begun a login. */
  handshakes = 0;
  /** Sequence numbers of the requests that arrived, oldest first. */
  readonly seqs: number[] = [];

  constructor(deps: SideDeps, account: { username: string; password: string }) {
    this.#deps = deps;
    this.#username = account.username;
    this.#password = account.password;
    this.#sessions = new SimulatedSessions(deps);
  }

  endSessions(): void {
    this.#sessions.endAll();
  }

  /** Answers a POST; null when the path is none of KLAP's. @param id from the cookie */
  handle(url: URL, id: string, body: Buffer): Fate | null {
    if (url.pathname === '/app/handshake1') return this.#handshake1(body);
    if (url.pathname === '/app/handshake2') return this.#handshake2(id, body);
    if (url.pathname === '/app/request') return this.#request(id, Number(url.searchParams.get('seq')), body);
    return null;
  }

  #auth({ authHash }: KlapVersion): Buffer {
    return authHash(this.#username, this.#password);
  }

  #handshake1(localSeed: Buffer): Fate {
    this.handshakes += 1;
    const { handshakeStatus, reply, speaks } = this.#deps.behaviour();
    if (handshakeStatus !== null) return { status: handshakeStatus };
    const version = speaks.includes('klap-2') ? KLAP_2 : speaks.includes('klap-1') ? KLAP_1 : null;
    // Firmware that speaks TPAP knows KLAP but does not let it in; what is older does not know it.
    if (!version) return { status: speaks.includes('tpap') ? 403 : 404 };
    if (reply === 'page') return STOCK_PAGE;
    if (localSeed.length !== SEED_BYTES) return { status: 400 };
    const remoteSeed = randomBytes(SEED_BYTES);
    return {
      status: 200,
      body: Buffer.concat([remoteSeed, version.plugProof(localSeed, remoteSeed, this.#auth(version))]),
      cookie: this.#sessions.begin({ localSeed, remoteSeed, version, cipher: null, lastSeq: null }),
    };
  }

  #handshake2(id: string, proof: Buffer): Fate {
    const session = this.#sessions.find(id);
    if (!session) return { status: 403 };
    const { localSeed, remoteSeed, version } = session;
    const auth = this.#auth(version);
    if (!version.clientProof(localSeed, remoteSeed, auth).equals(proof)) return { status: 403 };
    session.cipher = new KlapCipher(localSeed, remoteSeed, auth);
    this.#sessions.keepAlone(id);
    return { status: 200 };
  }

  #request(id: string, seq: number, body: Buffer): Fate {
    this.seqs.push(seq);
    const behaviour = this.#deps.behaviour();
    if (behaviour.requestStatus !== null) return { status: behaviour.requestStatus };
    const session = this.#sessions.find(id);
    if (!session?.cipher) return { status: 403 };
    // Numbers only grow, modulo 2^32; the first of a session may be any.
    if (!Number.isInteger(seq) || (session.lastSeq !== null && ((seq - session.lastSeq) | 0) <= 0))
      return { status: 400 };
    session.lastSeq = seq;
    const instead = disturbed(behaviour);
    if (instead) return instead;
    if (behaviour.reply === 'undecryptable') return { status: 200, body: randomBytes(HASH_BYTES + 160) };
    try {
      const text = this.#deps.answer(session.cipher.decrypt(seq, body));
      return { status: 200, body: session.cipher.encrypt(seq, text) };
    } catch {
      return { status: 400 };
    }
  }
}
