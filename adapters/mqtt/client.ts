import { connect, type IClientOptions, type IClientPublishOptions, MqttClient } from 'mqtt';
import { writeToStream } from 'mqtt-packet';
import type { Logger } from 'pino';
import type { Clock, Random } from '../../model/clock.ts';
import type { MqttBus, MqttMessage, Rejection } from './bus.ts';
import { GatheredSocket } from './gathered-socket.ts';
import { type Handler, Subscriptions } from './subscriptions.ts';

/** Pause before the first new try, ms; it doubles at each try. */
const FIRST_RETRY_MS = 500;
/** With the jitter of ±30 % no pause is above 30 s. */
const LAST_RETRY_MS = 23_000;
/** A connection that lasted this long was a good one: the next loss begins with short pauses again. */
const STABLE_MS = 10_000;
const DEFAULT_PORT = 1883;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_SECONDS = 30;
/** No plug says anything this long: what is bigger is not for us. */
const MAX_PAYLOAD_BYTES = 256 * 1024;
/**
 * A broker throws away what a client does not fetch in time (mosquitto: all above 1000 messages). So the socket goes before
 * the handlers: it is emptied between their turns, of so many messages each, and holds so many bytes for them.
 */
const AT_ONCE = 32;
const WAITING_BYTES = 24 * 1024 * 1024;
/** Who only listens may miss what a flood brings, and is not to double it. */
const LISTENER_WAITING_BYTES = 256 * 1024;
/** Refused subscriptions that are told, once each. */
const MOST_TOLD = 200;
/** CONNACK: bad user name or password; not authorized; the same, and banned, in MQTT 5. */
const REFUSED_CODES = new Set<unknown>([4, 5, 134, 135, 138]);
/** CONNACK: the broker does not speak this version of MQTT. */
const WRONG_VERSION_CODES = new Set<unknown>([1, 132]);
/** QoS 0: nothing to wait for when the broker is stuck at the end. */
const STATUS: IClientPublishOptions = { qos: 0, retain: true };

export interface MqttSettings {
  /** `mqtt://host:port` or `mqtts://host:port`, without credentials. */
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  /** Unique per daemon instance: two with one id throw each other off the broker. */
  clientId: string;
  /** 3.1.1 by default; a broker that does not speak 5 is spoken to in 3.1.1. */
  protocol?: '3.1.1' | '5' | undefined;
  /** PEM of the authority that signed the broker's certificate, when the system does not know it. */
  ca?: string | undefined;
  /** PEM of our own certificate and its key, for a broker that asks for one. */
  cert?: string | undefined;
  key?: string | undefined;
  /**
   * true: who only listens. Nothing is said on `offair/<clientId>/status`, and in a flood the broker may throw some of it
   * away.
   */
  silent?: boolean | undefined;
  clock: Clock;
  random: Random;
  log: Logger;
}

/** How many payloads were refused. */
interface Rejected {
  adapter: string;
  reason: Rejection;
  count: number;
}

export interface MqttConnection extends MqttBus {
  rejections(): Rejected[];
  /** Says goodbye (`offline` on `offair/<clientId>/status`) and closes; resolves when closed. */
  end(): Promise<void>;
}

/**
 * Begins to connect, with a clean session, and keeps trying for ever with jittered back-off up to 30 s,
 * also when the credentials are refused: a broker may learn them later. Never throws; what is wrong is logged once.
 */
export function connectMqtt(settings: MqttSettings): MqttConnection {
  return new Connection(settings);
}

/** mqtt.js takes a socket as it is: in the clear, where floods come from, it is given one that gathers. */
function open(url: string, options: IClientOptions, waitingBytes: number, clock: Clock): MqttClient {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === 'mqtts:') return connect(url, options);
  const socket = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || DEFAULT_PORT),
    waitingBytes,
    clock,
  };
  return new MqttClient(() => new GatheredSocket(socket), options);
}

// mqtt.js would make a buffer of each number up to 65535 at its first packet, which take 8 MB for ever.
writeToStream.cacheNumbers = false;

class Connection implements MqttConnection {
  readonly clientId: string;
  readonly #client: MqttClient;
  readonly #settings: MqttSettings;
  readonly #host: string;
  readonly statusTopic: string;
  readonly #subscriptions = new Subscriptions();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #resubscribing: Promise<void> | null = null;
  readonly #rejections = new Map<string, Rejected>();
  #retryMs = FIRST_RETRY_MS;
  #cancelStable: () => void = () => {};
  #up = false;
  #ending = false;
  #toldProblem = false;
  #toldRefusal = false;
  #toldTooBig = false;
  readonly #toldFilters = new Set<string>();

  constructor(settings: MqttSettings) {
    const { url, username, password, clientId, protocol, ca, cert, key, silent } = settings;
    this.#settings = settings;
    this.#host = new URL(url).host;
    this.statusTopic = `offair/${clientId}/status`;
    this.clientId = clientId;
    const options: IClientOptions = {
      protocolVersion: protocol === '5' ? 5 : 4,
      clean: true,
      clientId,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      timerVariant: 'native',
      // A command that waits for the connection would switch something long after it was wanted.
      queueQoSZero: false,
      reconnectOnConnackError: true,
      reconnectPeriod: this.#pauseMs(),
      resubscribe: false,
      ...(!silent && { will: { topic: this.statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true } }),
    };
    this.#client = open(url, options, silent ? LISTENER_WAITING_BYTES : WAITING_BYTES, settings.clock);
    this.#client.on('reconnect', () => this.#retryIn(Math.min(this.#retryMs * 2, LAST_RETRY_MS)));
    this.#client.on('connect', () => this.#connected());
    this.#client.on('close', () => this.#closed());
    this.#client.on('error', (error) => this.#failed(error));
    this.#client.on('message', (topic, payload, { retain }) => this.#received({ topic, payload, retained: retain }));
    let handled = 0;
    this.#client.handleMessage = (_packet, done) => {
      handled += 1;
      if (handled % AT_ONCE === 0) setImmediate(done);
      else done();
    };
  }

  get connected(): boolean {
    return this.#client.connected && !this.#ending;
  }

  async subscribe(filter: string, handler: Handler): Promise<() => void> {
    this.#subscriptions.add(filter, handler);
    if (this.connected) await this.#resubscribe();
    return () => {
      if (this.#subscriptions.remove(filter, handler) && this.connected) void this.#resubscribe();
    };
  }

  async publish(topic: string, payload: string): Promise<void> {
    if (!this.connected) throw new Error(`not connected to the MQTT broker ${this.#host}`);
    await this.#client.publishAsync(topic, payload, { qos: 0, retain: false });
  }

  async publishRetained(topic: string, payload: string): Promise<void> {
    if (!this.connected) throw new Error(`not connected to the MQTT broker ${this.#host}`);
    // What is in flight when the link breaks goes out again later: it is a state, not a command, and does no harm.
    await this.#client.publishAsync(topic, payload, { qos: 1, retain: true });
  }

  rejected(adapter: string, reason: Rejection): void {
    const { count } = this.#rejections.get(`${adapter} ${reason}`) ?? { count: 0 };
    this.#rejections.set(`${adapter} ${reason}`, { adapter, reason, count: count + 1 });
  }

  rejections(): Rejected[] {
    return [...this.#rejections.values()];
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async end(): Promise<void> {
    if (this.#ending) return;
    const online = this.connected;
    this.#ending = true;
    this.#cancelStable();
    // A clean goodbye sends no will.
    if (online) this.#say('offline');
    await this.#client.endAsync(!online);
  }

  #say(status: 'online' | 'offline'): void {
    if (!this.#settings.silent) this.#client.publish(this.statusTopic, status, STATUS);
  }

  #pauseMs(): number {
    return this.#retryMs * (0.7 + 0.6 * this.#settings.random());
  }

  /** mqtt.js has no back-off of its own, but looks this option up before each pause. */
  #retryIn(retryMs: number): void {
    this.#retryMs = retryMs;
    this.#client.options.reconnectPeriod = this.#pauseMs();
  }

  #connected(): void {
    const { clock, log } = this.#settings;
    log.info({ event: 'mqtt-connected' }, `connected to the MQTT broker ${this.#host} as ${this.clientId}`);
    this.#up = true;
    this.#toldProblem = false;
    this.#toldRefusal = false;
    this.#cancelStable = clock.after(STABLE_MS, () => this.#retryIn(FIRST_RETRY_MS));
    this.#say('online');
    this.#subscriptions.forgotten();
    void this.#resubscribe();
    this.#tell(true);
  }

  #closed(): void {
    this.#cancelStable();
    if (this.#ending || !this.#up) return;
    this.#up = false;
    this.#problem(`the MQTT broker ${this.#host} is away; offair keeps trying to connect`);
    this.#tell(false);
  }

  #failed(error: Error & { code?: unknown }): void {
    if (WRONG_VERSION_CODES.has(error.code) && this.#client.options.protocolVersion === 5) {
      this.#settings.log.info(
        { event: 'mqtt-version' },
        `the MQTT broker ${this.#host} does not speak MQTT 5: going on with 3.1.1`,
      );
      this.#client.options.protocolVersion = 4;
      return;
    }
    if (!REFUSED_CODES.has(error.code)) {
      this.#problem(`the MQTT broker ${this.#host} can not be reached: ${error.message || String(error.code)}`);
      return;
    }
    // It takes a person to mend it.
    this.#retryIn(LAST_RETRY_MS);
    if (this.#toldRefusal) return;
    this.#toldRefusal = true;
    this.#settings.log.error(
      { event: 'mqtt-login-refused' },
      `the MQTT broker ${this.#host} refused the user name or password: ` +
        'set mqtt.username, and the secret mqtt_password (OFFAIR_MQTT_PASSWORD)',
    );
  }

  /** Said once until the next connection: tries that fail alike are no news. */
  #problem(text: string): void {
    if (!this.#toldProblem) this.#settings.log.warn({ event: 'mqtt-away' }, text);
    this.#toldProblem = true;
  }

  #tell(connected: boolean): void {
    for (const listener of this.#listeners) this.#guarded('a connection listener', () => listener(connected));
  }

  /** Asks the broker for what the handlers need, once for all of the same turn: a studio starts with thousands. */
  #resubscribe(): Promise<void> {
    this.#resubscribing ??= Promise.resolve().then(async () => {
      this.#resubscribing = null;
      const { added, dropped } = this.#subscriptions.changes();
      await Promise.all([...added].map((filter) => this.#subscribeAt(filter)));
      if (dropped.length > 0 && this.connected) await this.#client.unsubscribeAsync(dropped).catch(() => {});
    });
    return this.#resubscribing;
  }

  async #subscribeAt(filter: string): Promise<void> {
    try {
      await this.#client.subscribeAsync(filter, { qos: 0 });
    } catch (error) {
      // A lost connection comes back with everything; a refusal does not go away by itself.
      if (!this.connected || this.#toldFilters.has(filter) || this.#toldFilters.size >= MOST_TOLD) return;
      this.#toldFilters.add(filter);
      this.#settings.log.error(
        { event: 'mqtt-subscription-refused', err: error },
        `the MQTT broker ${this.#host} refused the subscription ${filter}: allow it in the broker's access list`,
      );
    }
  }

  #received(message: MqttMessage): void {
    const { topic, payload } = message;
    if (payload.length > MAX_PAYLOAD_BYTES) {
      this.rejected('mqtt', 'too-big');
      // Once: whoever floods must not fill the disk with our log.
      if (!this.#toldTooBig)
        this.#settings.log.warn(
          { event: 'mqtt-message-too-big' },
          `MQTT message on ${topic.slice(0, 100)} dropped: ${payload.length} bytes, more than any plug sends. ` +
            'Others like it are only counted (rejected_payloads_total)',
        );
      this.#toldTooBig = true;
      return;
    }
    for (const handler of this.#subscriptions.handlersOf(topic))
      this.#guarded(`the handler of ${topic}`, () => handler(message));
  }

  #guarded(who: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#settings.log.error({ event: 'mqtt-handler-failed', err: error }, `${who} failed`);
    }
  }
}
