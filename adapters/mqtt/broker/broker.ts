import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import type { Logger } from 'pino';
import type { Clock } from '../../../model/clock.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { FrameLimit, FrameTooLarge } from './frame-limit.ts';
import { ALL_RIGHTS, isPlugCommand, type MqttRights, mayPublish, maySubscribe } from './rights.ts';
import { hashOf, hasPassword, type MqttUser } from './users.ts';

/** A connection that does not say who it is by then is closed. */
const LOGIN_TIMEOUT_MS = 10_000;
/** A client that does not take its messages for this long is closed: it holds up all others meanwhile. */
const DRAIN_TIMEOUT_MS = 3000;
/** A plug holds one connection; while it changes networks the old one may linger. */
const CONNECTIONS_PER_USER = 4;
const RETAINED_PER_USER = 200;
/** A refused message goes where nobody may listen: an error would close the plug's connection instead. */
const NOWHERE = '$offair/refused';
/** Return codes of CONNACK in MQTT 3.1.1. */
const IDENTIFIER_REJECTED = 2;
const SERVER_UNAVAILABLE = 3;
const BAD_USER_OR_PASSWORD = 4;

/** Name of the daemon's own connection: no other user may have it. */
export const OWN_USER = 'offair';

export interface BrokerSettings {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** A second, encrypted entrance. `cert` and `key` are PEM. */
  tls?: { port: number; cert: string; key: string } | undefined;
  maxConnections: number;
  maxPayloadBytes: number;
  /** Looks a user up, at every login; `anybody` lets all in with all rights: only for loopback. */
  users: 'anybody' | ((name: string) => Promise<MqttUser | null>);
  /** The client id of the daemon: plugs answer its calls on `<id>/<device>/rpc`. */
  daemonId: string;
  clock: Clock;
  log: Logger;
}

export const REFUSALS = ['login', 'busy', 'taken-id', 'publish', 'subscribe', 'retain', 'size', 'slow'] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface BrokerStats {
  clients: number;
  messages: number;
  /** What was refused since the start, by reason. */
  refused: Record<Refusal, number>;
}

export interface EmbeddedBroker {
  port: number;
  tlsPort: number | null;
  /** For the daemon itself, with the password beside it. */
  url: string;
  username: string;
  password: string;
  stats(): BrokerStats;
  stop(): Promise<void>;
}

interface Guest {
  user: string;
  rights: MqttRights;
  address: string;
}

/**
 * An MQTT 3.1.1 broker in this process: plugs need no other software. Nobody enters without a password but by
 * `anybody`; a plug touches only its own topics. Sessions are always clean: a message for a plug that is away is gone,
 * so that no command arrives late.
 * @throws Error when an address is taken
 */
export async function startBroker(settings: BrokerSettings): Promise<EmbeddedBroker> {
  const broker = new Broker(settings);
  await broker.start();
  return broker;
}

class Broker implements EmbeddedBroker {
  port = 0;
  tlsPort: number | null = null;
  readonly username = OWN_USER;
  readonly password = randomBytes(24).toString('base64url');
  readonly #settings: BrokerSettings;
  readonly #doorkeeper: Doorkeeper;
  /** Who is behind a connection: also while its last will is published. */
  readonly #guests = new WeakMap<Client, Guest>();
  /** The connections that have logged in. */
  readonly #present = new Set<Client>();
  readonly #sockets = new Set<Socket>();
  /** Who left which retained message. */
  readonly #retained = new Map<string, string>();
  readonly #refused = Object.fromEntries(REFUSALS.map((reason) => [reason, 0])) as Record<Refusal, number>;
  readonly #told = new Set<string>();
  #messages = 0;
  #aedes: Aedes | null = null;
  #servers: Server[] = [];

  constructor(settings: BrokerSettings) {
    this.#settings = settings;
    this.#doorkeeper = new Doorkeeper(settings.clock);
  }

  get url(): string {
    const { host } = this.#settings;
    const own = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
    return `mqtt://${own}:${this.port}`;
  }

  stats(): BrokerStats {
    return { clients: this.#present.size, messages: this.#messages, refused: { ...this.#refused } };
  }

  async start(): Promise<void> {
    const { host, port, tls } = this.#settings;
    const aedes = await Aedes.createBroker({
      connectTimeout: LOGIN_TIMEOUT_MS,
      drainTimeout: DRAIN_TIMEOUT_MS,
      maxClientsIdLength: 128,
      preConnect: (_client, packet, done) => {
        // What waits for a plug that is away would switch it long after it was wanted, and fill the memory.
        packet.clean = true;
        done(null, true);
      },
      authenticate: (client, name, password, done) => {
        this.#admit(client, name, password).then(
          (refusal) => (refusal ? done(refusal, false) : done(null, true)),
          (error) => done(Object.assign(error, { returnCode: SERVER_UNAVAILABLE }), false),
        );
      },
      authorizePublish: (client, packet, done) => {
        this.#messages += 1;
        const refusal = client && this.#refusal(client, packet.topic, packet.retain, packet.payload.length);
        if (refusal) {
          this.#refuse(
            refusal,
            `${this.#nameOf(client)} may not publish ${packet.retain ? 'retained ' : ''}on ${packet.topic}`,
          );
          packet.topic = NOWHERE;
          packet.retain = false;
          packet.payload = '';
        }
        done(null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const rights = this.#guests.get(client)?.rights;
        if (rights && maySubscribe(rights, subscription.topic)) return done(null, subscription);
        this.#refuse('subscribe', `${this.#nameOf(client)} may not subscribe to ${subscription.topic}`);
        done(null, null);
      },
    });
    this.#aedes = aedes;
    aedes.on('clientReady', (client) => this.#present.add(client));
    aedes.on('clientDisconnect', (client) => this.#present.delete(client));
    // Without noDelay every answer waits for the other side's delayed acknowledgement, 40 ms.
    this.#servers = [createPlainServer({ noDelay: true }, (socket) => this.#enter(socket))];
    if (tls)
      this.#servers.push(
        createTlsServer({ cert: tls.cert, key: tls.key, noDelay: true }, (socket) => this.#enter(socket)),
      );
    try {
      const [plain, encrypted] = this.#servers;
      if (plain) this.port = await listen(plain, host, port);
      if (encrypted && tls) this.tlsPort = await listen(encrypted, host, tls.port);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    const aedes = this.#aedes;
    this.#aedes = null;
    if (aedes) await new Promise<void>((resolve) => aedes.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #enter(socket: Socket): void {
    const { maxConnections, maxPayloadBytes } = this.#settings;
    const address = socket.remoteAddress ?? 'unknown';
    socket.on('error', () => {});
    if (this.#sockets.size >= maxConnections || !this.#doorkeeper.admits(address)) {
      this.#refuse('busy', `${address} was turned away: too many connections, or too many wrong passwords`);
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const limited = new FrameLimit(maxPayloadBytes + 1024);
    limited.on('error', (error) => {
      if (error instanceof FrameTooLarge) this.#refuse('size', `${address} sent ${error.message}`);
      else if (error.message === 'drain timeout') this.#refuse('slow', `${address} does not take its messages`);
      socket.destroy();
    });
    socket.pipe(limited);
    const stream = Duplex.from({ readable: limited, writable: socket });
    socket.on('close', () => stream.destroy());
    stream.on('error', () => {});
    stream.on('close', () => socket.destroy());
    const client = this.#aedes?.handle(stream);
    if (client) this.#guests.set(client, { user: '', rights: { own: [], publish: [], subscribe: [] }, address });
  }

  /** null when the client may enter. */
  async #admit(
    client: Client,
    name: string | undefined,
    password: Buffer | undefined,
  ): Promise<AuthenticateError | null> {
    const guest = this.#guests.get(client);
    if (!guest) return refusal(SERVER_UNAVAILABLE, 'unknown connection');
    const rights = await this.#rightsOf(name, password?.toString() ?? '');
    if (!rights) {
      this.#doorkeeper.failed(guest.address);
      this.#refuse(
        'login',
        `user ${JSON.stringify(name ?? '')} from ${guest.address} was refused: offair mqtt-user add makes users`,
      );
      return refusal(BAD_USER_OR_PASSWORD, 'bad user name or password');
    }
    this.#doorkeeper.succeeded(guest.address);
    const user = name ?? '';
    const isOf = (other: Client, owner: string) => this.#guests.get(other)?.user === owner;
    // Whoever takes a client id ends the other's connection: a stranger must not.
    if ([...this.#present].some((other) => other.id === client.id && !isOf(other, user))) {
      this.#refuse(
        'taken-id',
        `user ${user} from ${guest.address} asks for the client id of another user: ${client.id}`,
      );
      return refusal(IDENTIFIER_REJECTED, 'identifier rejected');
    }
    const own = [...this.#present].filter((other) => other.id !== client.id && isOf(other, user)).length;
    if (this.#settings.users !== 'anybody' && own >= CONNECTIONS_PER_USER) {
      this.#refuse('busy', `user ${user} has ${own} connections already`);
      return refusal(SERVER_UNAVAILABLE, 'too many connections');
    }
    this.#guests.set(client, { ...guest, user, rights });
    return null;
  }

  async #rightsOf(name: string | undefined, password: string): Promise<MqttRights | null> {
    const { users } = this.#settings;
    if (users === 'anybody') return ALL_RIGHTS;
    if (name === OWN_USER) return hasPassword({ hash: hashOf(this.password) }, password) ? ALL_RIGHTS : null;
    const user = name ? await users(name) : null;
    return user && hasPassword(user, password) ? user : null;
  }

  #refusal(client: Client, topic: string, retain: boolean, payloadBytes: number): Refusal | null {
    const guest = this.#guests.get(client);
    if (!guest || !mayPublish(guest.rights, topic, this.#settings.daemonId)) return 'publish';
    if (!retain) return null;
    // A retained command would switch the plug again at every reconnect, for ever.
    if (isPlugCommand(topic) && payloadBytes > 0) return 'retain';
    if (payloadBytes === 0) {
      this.#retained.delete(topic);
      return null;
    }
    const own = this.#retained.values().filter((user) => user === guest.user);
    if (!this.#retained.has(topic) && guest.rights !== ALL_RIGHTS && [...own].length >= RETAINED_PER_USER)
      return 'retain';
    this.#retained.set(topic, guest.user);
    return null;
  }

  #nameOf(client: Client | null): string {
    const guest = client && this.#guests.get(client);
    return guest ? `user ${guest.user || 'anonymous'} (${client.id}, ${guest.address})` : 'a client';
  }

  /** Each kind of refusal is told once per wording: a plug that tries again and again is no news. */
  #refuse(reason: Refusal, what: string): void {
    this.#refused[reason] += 1;
    if (this.#told.has(what) || this.#told.size > 1000) return;
    this.#told.add(what);
    this.#settings.log.warn({ reason }, `broker: ${what}`);
  }
}

function refusal(returnCode: number, message: string): AuthenticateError {
  return Object.assign(new Error(message), { returnCode });
}

/** Resolves with the port. */
async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there already' : error.message;
      reject(new Error(`the MQTT broker can not listen on ${host}:${port}: ${why} (mqtt.embedded)`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}
