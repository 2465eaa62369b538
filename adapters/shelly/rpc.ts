import type { Random } from '../../model/clock.ts';
import { CommandExpired, PlugProtocolError, PlugUnreachable, wordsOf } from '../../model/errors.ts';
import { isObject, parseObject } from '../json.ts';
import { shown } from '../mqtt/values.ts';
import type { ShellyLink } from './link.ts';

/** A plug in the same network answers within 150 ms; what is later than this is taken for lost. */
const ANSWER_TIMEOUT_MS = 3000;

/** A stranger on a plug's topics counts as there for this long after it was heard. */
const STRANGER_MS = 5 * 60_000;

/** A run begins its ids anywhere in this range: answers that were on their way to an earlier run find nobody. */
const FIRST_IDS = 2 ** 30;

interface Waiting {
  resolve: (result: Record<string, unknown>) => void;
  reject: (error: Error) => void;
}

/** JSON-RPC over MQTT, generations 2 to 4: request on `<prefix>/rpc`, answer on `<src>/rpc`. */
export class ShellyRpc {
  readonly #link: ShellyLink;
  readonly #device: string;
  readonly #requestTopic: string;
  readonly #src: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId: number;
  #strangerUntilMs = Number.NEGATIVE_INFINITY;
  #everAnswered = false;
  #close: (() => void)[] = [];

  /** @param device its id makes the answers' topic its own: nobody reads the answers of another */
  constructor(link: ShellyLink, device: string, prefix: string, random: Random) {
    this.#lastId = Math.floor(random() * FIRST_IDS);
    this.#link = link;
    this.#device = device;
    this.#requestTopic = `${prefix}/rpc`;
    this.#src = `${link.bus.clientId}/${device}`;
  }

  /** Must have resolved before the first call, or its answer is lost. */
  async open(): Promise<void> {
    const { bus } = this.#link;
    this.#close = [
      await bus.subscribe(`${this.#src}/rpc`, ({ payload, retained }) => {
        if (!retained) this.#answered(payload.toString());
      }),
      bus.onConnection((connected) => {
        if (!connected) this.#failAll(new PlugUnreachable(`${this.#link.who}: the broker left before an answer came`));
      }),
    ];
  }

  close(): void {
    for (const close of this.#close) close();
    this.#close = [];
    this.#failAll(new PlugUnreachable(`${this.#link.who} was stopped`));
  }

  /**
   * One request, one answer; never queued, never repeated.
   * @param expiresAtMonotonicMs it is not sent at or after this moment
   * @throws PlugUnreachable, PlugProtocolError (the plug answered an error), CommandExpired
   */
  async call(
    method: string,
    params: Record<string, unknown>,
    expiresAtMonotonicMs = Number.POSITIVE_INFINITY,
  ): Promise<Record<string, unknown>> {
    const { clock, who } = this.#link;
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    const cancel = clock.after(ANSWER_TIMEOUT_MS, () => reject(this.#unanswered(method)));
    this.#waiting.set(id, { resolve, reject });
    try {
      if (clock.monotonicMs() >= expiresAtMonotonicMs)
        throw new CommandExpired(`${who}: ${method} was not sent, its time was over`);
      const sent = this.#link.publish(this.#requestTopic, JSON.stringify({ id, src: this.#src, method, params }));
      return await Promise.race([promise, sent.then(() => promise)]);
    } finally {
      cancel();
      this.#waiting.delete(id);
    }
  }

  #unanswered(method: string): Error {
    const { who, presence } = this.#link;
    const rights = `allowed to read ${this.#requestTopic} and to write ${this.#src}/rpc`;
    // It speaks, but no answer ever came: an access list that forgets the answers' topic looks like this.
    if (presence.there && !this.#everAnswered)
      return new PlugProtocolError(
        `${who} tells its changes but never answered ${method}: in the broker's access list it must be ${rights}; ` +
          'in its MQTT settings, "RPC over MQTT" must be on',
      );
    return new PlugUnreachable(
      `${who} did not answer ${method} within ${ANSWER_TIMEOUT_MS / 1000} s. Is it powered, connected to the ` +
        `broker, and ${rights}?`,
    );
  }

  #answered(text: string): void {
    const { who } = this.#link;
    let frame: Record<string, unknown>;
    try {
      frame = parseObject(text, `the answer on ${this.#src}/rpc`);
    } catch (error) {
      this.#link.bus.rejected('shelly', 'unreadable');
      // Nobody else writes here, and a device answers in order: this was for what was asked first. The next is for the next.
      const [first] = this.#waiting;
      if (!first) return;
      const [id, { reject }] = first;
      this.#waiting.delete(id);
      reject(new PlugProtocolError(`${who}: ${wordsOf(error)}`));
      return;
    }
    const { id, src, result, error } = frame;
    if (!this.isOurs(src, `${this.#src}/rpc`)) return;
    this.#link.presence.alive();
    this.#everAnswered = true;
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    // Twice, or too late: whoever asked has gone on.
    if (!waiting) return;
    if (isObject(error)) {
      waiting.reject(new PlugProtocolError(`${who} refused: ${String(error.message)} (code ${String(error.code)})`));
    } else if (isObject(result)) waiting.resolve(result);
    else waiting.reject(new PlugProtocolError(`${who} answered neither result nor error`));
  }

  /**
   * Whether a message is from the configured device. A stranger on its topics (the settings of one plug restored onto
   * another) would obey the same commands: it is told, and while it was heard lately nothing is switched.
   */
  isOurs(src: unknown, topic: string): boolean {
    if (typeof src === 'string' && src.toLowerCase() === this.#device.toLowerCase()) return true;
    const { who, clock, bus } = this.#link;
    bus.rejected('shelly', 'stranger');
    this.#strangerUntilMs = clock.monotonicMs() + STRANGER_MS;
    this.#link.troubles.tell(
      'stranger',
      `${who} is another device: ${shown(src)} speaks on ${topic}. Correct device or topicPrefix`,
    );
    return false;
  }

  /** @throws PlugProtocolError while another device was heard on these topics lately: it would obey as well */
  checkAlone(): void {
    if (this.#link.clock.monotonicMs() < this.#strangerUntilMs)
      throw new PlugProtocolError(`${this.#link.who}: another device listens on its topics too; nothing is switched`);
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
