import type { Logger } from 'pino';
import { z } from 'zod';
import { jsonOf } from '../adapters/json.ts';
import type { MqttBus, MqttMessage } from '../adapters/mqtt/bus.ts';
import type { ApiDeps } from '../api/deps.ts';
import { followRequest, type SessionRequest } from '../api/session-request.ts';
import { wordsOf } from '../model/errors.ts';
import { SESSION_PHASES } from '../model/ports.ts';

const VERBS = ['start', 'end', ...SESSION_PHASES] as const;
/** More is no session signal. */
const MAX_PAYLOAD_BYTES = 4096;

const phase = z.enum(SESSION_PHASES);
const title = z.string().min(1).max(200);
const signal = z.union([
  z.strictObject({ action: z.literal('end') }),
  z.strictObject({ action: z.literal('start'), phase: phase.optional(), title: title.optional() }),
  z.strictObject({ action: z.literal('phase').optional(), phase, title: title.optional() }),
]);

interface SessionTopicDeps {
  bus: MqttBus;
  log: Logger;
  api: Pick<ApiDeps, 'status' | 'startSession' | 'setPhase' | 'endSession'>;
  /** `offair/<studio>/session` unless configured otherwise. */
  topic: string;
}

/**
 * Lets any system on the broker start, change and end a live: it publishes `live`, `end` or JSON on `<topic>/set`.
 * The state is retained on `<topic>`, what was wrong comes on `<topic>/error`. To say the same again does no harm.
 */
export class SessionTopic {
  readonly #deps: SessionTopicDeps;
  readonly #stops: (() => void)[] = [];
  #said = '';
  /** One signal after the other: each finds what the one before has done. */
  #busy: Promise<void> = Promise.resolve();

  constructor(deps: SessionTopicDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const { bus, topic } = this.#deps;
    this.#stops.push(
      bus.onConnection((connected) => {
        if (connected) this.#tell(true);
      }),
      await bus.subscribe(`${topic}/set`, (message) => {
        this.#busy = this.#busy.then(() => this.#hear(message));
      }),
    );
    this.#tell(true);
  }

  /** Resolves when the signals that came before are obeyed. */
  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#busy;
  }

  /** The session or its phase may have changed. */
  changed(): void {
    this.#tell(false);
  }

  async #hear({ payload, retained }: MqttMessage): Promise<void> {
    const { log, topic } = this.#deps;
    if (retained) {
      // A live that somebody announced long ago is no news.
      log.warn(
        { event: 'session-topic-retained' },
        `a retained message lies on ${topic}/set and is ignored: publish it without retain`,
      );
      return;
    }
    try {
      const { starts, ...wanted } = parse(payload);
      // A change that comes late, or twice, is of a live that is over.
      if (!wanted.end && !starts && !this.#deps.api.status().session)
        throw new Error(`no live is running, and ${wanted.phase} begins none: start one with live or start`);
      await followRequest(this.#deps.api, wanted, 'mqtt');
    } catch (error) {
      const message = wordsOf(error);
      log.warn({ event: 'session-topic-odd' }, `session signal on ${topic}/set: ${message}`);
      await this.#deps.bus.publish(`${topic}/error`, message).catch(() => {});
    }
  }

  #tell(again: boolean): void {
    const { bus, api, topic } = this.#deps;
    const { phase, onAir, session } = api.status();
    const startedAt = session && new Date(session.startedAtMs).toISOString();
    const state = JSON.stringify({ phase, onAir, id: session?.id ?? null, title: session?.title ?? null, startedAt });
    if (!bus.connected || (state === this.#said && !again)) return;
    this.#said = state;
    bus.publishRetained(topic, state).catch(() => {
      this.#said = '';
    });
  }
}

const END = { end: true, starts: false, phase: null, title: null };

/** `starts`: it begins a live when none is running. @throws Error saying what is possible */
function parse(payload: Buffer): SessionRequest & { starts: boolean } {
  const text = payload.length > MAX_PAYLOAD_BYTES ? '' : payload.toString().trim();
  const verb = VERBS.find((known) => known === text.toLowerCase());
  if (verb === 'end') return END;
  if (verb) return { end: false, starts: verb !== 'wrap', phase: verb === 'start' ? null : verb, title: null };
  const parsed = signal.safeParse(jsonOf(text));
  if (!parsed.success)
    throw new Error(
      `${JSON.stringify(payload.subarray(0, 60).toString())} is no session signal: expected ${VERBS.join(', ')}, ` +
        'or JSON such as {"phase":"live","title":"Matinale"} or {"action":"end"}',
    );
  const said = parsed.data;
  if (said.action === 'end') return END;
  const starts = said.action === 'start' || (said.action === undefined && said.phase !== 'wrap');
  return { end: false, starts, phase: said.phase ?? null, title: said.title ?? null };
}
