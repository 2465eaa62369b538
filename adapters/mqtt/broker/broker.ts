import { randomBytes } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { Aedes, type AuthenticateError, type Client } from 'aedes';
import type { Logger } from 'pino';
import type { Clock } from '../../../model/clock.ts';
import { Doorkeeper } from './doorkeeper.ts';
import { FrameLimit, FrameTooLarge } from './frame-limit.ts';
import { Outlet, TooSlow } from './outlet.ts';
import { type Refusal, Refusals } from './refusals.ts';
import { ALL_RIGHTS, isPlugCommand, type MqttRights, mayPublish, maySubscribe } from './rights.ts';
import { hashOf, hasPassword, type MqttUser } from './users.ts';
import { type Visit, Visits } from './visits.ts';

/** A connection that does not say who it is by then is closed. */
const LOGIN_TIMEOUT_MS = 10_000;
/** So many of the largest messages may wait for a client that does not take them. */
const WAITING_MESSAGES = 8;
/** How often it is looked whether who is there still may be, ms. */
const RECHECK_MS = 60_000;
/** Of a topic or a name in the log, characters. */
const MOST_SHOWN = 100;
/** A plug holds one connection; while it changes networks the old one may linger. */
const CONNECTIONS_PER_USER = 4;
const RETAINED_PER_USER = 200;
/** A refused message goes where nobody may listen: an error would close the plug's connection instead. */
const NOWHERE = '$offair/refused';
/** Return codes of CONNACK in MQTT 3.1.1. */
const SERVER_UNAVAILABLE = 3;
const BAD_USER_OR_PASSWORD = 4;

/** Name of the daemon's own connection: no other user may have it. */
const OWN_USER = 'offair';

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
  visit: Visit;
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
  readonly #visits: Visits;
  /** Who left which retained message. */
  readonly #retained = new Map<string, string>();
  readonly #refusals: Refusals;
  #cancelRecheck: () => void = () => {};
  #messages = 0;
  #aedes: Aedes | null = null;
  #servers: Server[] = [];

  constructor(settings: BrokerSettings) {
    this.#settings = settings;
    this.#doorkeeper = new Doorkeeper(settings.clock);
    this.#refusals = new Refusals(settings.clock, settings.log);
    this.#visits = new Visits(settings.maxConnections, this.#refusals);
  }

  get url(): string {
    const { host } = this.#settings;
    const own = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
    return `mqtt://${own}:${this.port}`;
  }

  stats(): BrokerStats {
    return { clients: this.#present.size, messages: this.#messages, refused: this.#refusals.counts() };
  }

  async start(): Promise<void> {
    const { host, port, tls } = this.#settings;
    const aedes = await Aedes.createBroker({
      connectTimeout: LOGIN_TIMEOUT_MS,
      maxClientsIdLength: 128,
      preConnect: (_client, packet, done) => {
        // What waits for a plug that is away would switch it long after it was wanted, and fill the memory.
        packet.clean = true;
        // Each user has its own client ids: who takes one ends the connection that had it, and a stranger must not.
        if (packet.username && packet.clientId) packet.clientId = `${packet.username}/${packet.clientId}`;
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
          this.#refusals.add(
            refusal,
            `${this.#nameOf(client)} may not publish ${packet.retain ? 'retained ' : ''}on ${shown(packet.topic)}`,
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
        this.#refusals.add('subscribe', `${this.#nameOf(client)} may not subscribe to ${shown(subscription.topic)}`);
        done(null, null);
      },
    });
    this.#aedes = aedes;
    // Its types do not have the event; without a listener it would end the process.
    const events: EventEmitter = aedes;
    events.on('error', (err) =>
      this.#settings.log.error({ event: 'broker-failed', err }, 'the MQTT broker has failed at something'),
    );
    // Without noDelay every answer waits for the other side's delayed acknowledgement, 40 ms.
    const plain = createPlainServer({ noDelay: true }, (socket) => {
      if (this.#visits.admits(socket)) this.#enter(socket);
    });
    this.#servers = [plain];
    if (tls) {
      const limits = { noDelay: true, handshakeTimeout: LOGIN_TIMEOUT_MS };
      const encrypted = createTlsServer({ cert: tls.cert, key: tls.key, ...limits }, (socket) => this.#enter(socket));
      encrypted.on('connection', (socket: Socket) => void this.#visits.admits(socket));
      encrypted.on('tlsClientError', (_error, socket) => socket.destroy());
      this.#servers.push(encrypted);
    }
    this.#recheckLater();
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
    this.#cancelRecheck();
    const aedes = this.#aedes;
    this.#aedes = null;
    if (aedes) await new Promise<void>((resolve) => aedes.close(resolve));
    this.#visits.end();
    await Promise.all(closed);
  }

  #enter(socket: Socket): void {
    const { maxPayloadBytes, clock } = this.#settings;
    const visit = this.#visits.of(socket);
    if (!visit) return void socket.destroy();
    socket.on('error', () => {});
    const mostBytes = maxPayloadBytes + 1024;
    const limited = new FrameLimit(mostBytes, clock);
    const outlet = new Outlet(socket, WAITING_MESSAGES * mostBytes);
    // What breaks one of the two ends the other with the same error.
    limited.on('error', (error) => {
      if (error instanceof FrameTooLarge) this.#refusals.add('size', `${visit.address} sent ${error.message}`);
      socket.destroy();
    });
    outlet.on('error', (error) => {
      if (error instanceof TooSlow)
        this.#refusals.add('slow', `${visit.address} does not take its messages: ${error.message}`);
      socket.destroy();
    });
    socket.pipe(limited);
    const stream = Duplex.from({ readable: limited, writable: outlet });
    stream.on('error', () => {});
    stream.on('close', () => socket.destroy());
    const client = this.#aedes?.handle(stream);
    if (client) this.#guests.set(client, { user: '', rights: { own: [], publish: [], subscribe: [] }, visit });
    socket.on('close', () => {
      stream.destroy();
      if (client) this.#present.delete(client);
    });
  }

  /** null when the client may enter. */
  async #admit(
    client: Client,
    name: string | undefined,
    password: Buffer | undefined,
  ): Promise<AuthenticateError | null> {
    const guest = this.#guests.get(client);
    if (!guest) return refusal(SERVER_UNAVAILABLE, 'unknown connection');
    const { visit } = guest;
    const user = name ?? '';
    const who = `${visit.address} ${shown(user)}`;
    // Nobody guesses the daemon's password, and nobody's guesses may keep the daemon out.
    if (user !== OWN_USER && !this.#doorkeeper.admits(who)) {
      this.#refusals.add('busy', `user ${shown(user)} from ${visit.address} has to wait: too many wrong passwords`);
      return refusal(SERVER_UNAVAILABLE, 'too many wrong passwords');
    }
    const rights = await this.#rightsOf(name, password?.toString() ?? '');
    if (!rights) {
      this.#doorkeeper.failed(who);
      this.#refusals.add(
        'login',
        `user ${JSON.stringify(shown(user))} from ${visit.address} was refused: offair mqtt-user add makes users`,
      );
      return refusal(BAD_USER_OR_PASSWORD, 'bad user name or password');
    }
    this.#doorkeeper.succeeded(who);
    const isOwn = (other: Client) => other.id !== client.id && this.#guests.get(other)?.user === user;
    const own = [...this.#present].filter(isOwn).length;
    if (this.#settings.users !== 'anybody' && user !== OWN_USER && own >= CONNECTIONS_PER_USER) {
      this.#refusals.add('busy', `user ${user} has ${own} connections already`);
      return refusal(SERVER_UNAVAILABLE, 'too many connections');
    }
    // It may have gone meanwhile.
    if (visit.socket.destroyed) return refusal(SERVER_UNAVAILABLE, 'gone');
    visit.loggedIn = true;
    this.#present.add(client);
    this.#guests.set(client, { user, rights, visit });
    return null;
  }

  #recheckLater(): void {
    this.#cancelRecheck = this.#settings.clock.after(RECHECK_MS, () => {
      this.#recheck()
        // Who can't be looked up stays until the next time.
        .catch((error) =>
          this.#settings.log.warn(
            { event: 'broker-users-unread', err: error },
            'the users of the MQTT broker can not be looked up',
          ),
        )
        .finally(() => this.#aedes && this.#recheckLater());
    });
  }

  /** Puts out who was removed or has a new password or other rights: it may log in anew. */
  async #recheck(): Promise<void> {
    const { users } = this.#settings;
    if (users === 'anybody') return;
    for (const client of this.#present) {
      const guest = this.#guests.get(client);
      if (!guest || guest.user === OWN_USER || isDeepStrictEqual(await users(guest.user), guest.rights)) continue;
      this.#settings.log.info(
        { event: 'broker-user-gone' },
        `broker: user ${guest.user} was removed or changed: its connection is closed`,
      );
      guest.visit.socket.destroy();
    }
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
    return guest ? `user ${guest.user || 'anonymous'} (${shown(client.id)}, ${guest.visit.address})` : 'a client';
  }
}

function shown(text: string): string {
  return text.slice(0, MOST_SHOWN);
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
