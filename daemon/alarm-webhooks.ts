import type { Logger } from 'pino';
import { type AlarmMessage, deliver, type Webhook, WebhookRefused } from '../adapters/webhook/index.ts';
import type { StudioConfig } from '../config/schema.ts';
import { type AlarmChange, SEVERITIES, type Severity } from '../model/alarms.ts';
import type { Clock } from '../model/clock.ts';
import { wordsOf } from '../model/errors.ts';
import { within } from './within.ts';

/** Under this name the journal keeps what is not delivered yet. */
const KEPT = 'alarm-webhooks';
const MOST_WAITING = 100;
/** A server that does not answer is asked again after this, doubling up to the last. */
const FIRST_RETRY_MS = 5000;
const LAST_RETRY_MS = 15 * 60_000;
/** What is older is no news any more. */
const OLDEST_MS = 24 * 3_600_000;

/** At a stop. */
const STOP_PATIENCE_MS = 2000;

export interface AlarmWebhook extends Webhook {
  minSeverity: Severity;
}

interface AlarmWebhooksDeps {
  clock: Clock;
  log: Logger;
  hooks: readonly AlarmWebhook[];
  studio: AlarmMessage['studio'];
  recall(name: string): Promise<unknown>;
  /** Keeps what `value` gives in the journal, asked at each flush. */
  keep(name: string, value: () => unknown): void;
}

/** The configured webhooks with their secrets. One whose address is not known is left out: doctor tells. */
export function webhooksOf(
  { alarms }: Pick<StudioConfig, 'alarms'>,
  secret: (name: string) => string | undefined,
): AlarmWebhook[] {
  return alarms.webhooks.flatMap(({ kind, url: given, token, minSeverity, lang }) => {
    const url = given ?? secret('slack_webhook_url') ?? '';
    if (!URL.canParse(url)) return [];
    return [{ kind, url, token: token ? secret('webhook_token') : undefined, language: lang, minSeverity }];
  });
}

interface Queue {
  hook: AlarmWebhook;
  name: string;
  waiting: AlarmMessage[];
  failures: number;
  /** What went wrong last, or null. */
  trouble: string | null;
  busy: boolean;
  cancelRetry: () => void;
}

/**
 * Tells alarms to the configured webhooks, in order, each by itself: one that does not answer holds up nobody else.
 * What waits survives a restart; a message may come twice after a crash.
 */
export class AlarmWebhooks {
  readonly #deps: AlarmWebhooksDeps;
  readonly #queues: Queue[];
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #stopping = false;

  constructor(deps: AlarmWebhooksDeps) {
    this.#deps = deps;
    this.#queues = deps.hooks.map((hook, index) => ({
      // By place and host alone: the address is a secret.
      ...{ hook, name: `${index + 1} ${hook.kind} ${new URL(hook.url).host}` },
      ...{ waiting: [], failures: 0, trouble: null, busy: false, cancelRetry: () => {} },
    }));
  }

  async start(): Promise<void> {
    const { recall, keep } = this.#deps;
    const kept = ((await recall(KEPT)) as Record<string, AlarmMessage[]> | null | undefined) ?? {};
    for (const queue of this.#queues) {
      queue.waiting.unshift(...(kept[queue.name] ?? []));
      this.#work(queue);
    }
    keep(KEPT, () => Object.fromEntries(this.#queues.map(({ name, waiting }) => [name, [...waiting]])));
  }

  /** What is on its way may arrive; what is not delivered waits for the next start. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const queue of this.#queues) queue.cancelRetry();
    await within(this.#deps.clock, STOP_PATIENCE_MS, Promise.allSettled([...this.#running]));
    this.#abort.abort(new Error('offair is stopping'));
    await Promise.allSettled([...this.#running]);
  }

  /** Which webhooks do not get their messages, and why. */
  get troubles(): { name: string; detail: string }[] {
    return this.#queues.flatMap(({ name, trouble }) => (trouble === null ? [] : [{ name, detail: trouble }]));
  }

  /** Returns at once. */
  tell(change: AlarmChange): void {
    const { clock, studio, log } = this.#deps;
    for (const queue of this.#queues) {
      const { hook, waiting } = queue;
      // That a person has seen it is for programs.
      if (change.change === 'acknowledged' && hook.kind !== 'generic') continue;
      if (SEVERITIES.indexOf(change.alarm.severity) < SEVERITIES.indexOf(hook.minSeverity)) continue;
      waiting.push({ ...change, studio, atMs: clock.nowMs() });
      // The first may be on its way.
      if (waiting.length > MOST_WAITING) {
        const [dropped] = waiting.splice(1, 1);
        log.warn(
          { event: 'webhook-message-dropped', webhook: queue.name, alarm: dropped?.alarm.id },
          'a message to a webhook was given up: too many wait',
        );
      }
      this.#work(queue);
    }
  }

  #work(queue: Queue): void {
    if (queue.busy || this.#stopping) return;
    queue.busy = true;
    queue.cancelRetry();
    const work = this.#deliverAll(queue).finally(() => {
      queue.busy = false;
      this.#running.delete(work);
    });
    this.#running.add(work);
  }

  async #deliverAll(queue: Queue): Promise<void> {
    const { clock, log } = this.#deps;
    for (let next = queue.waiting[0]; next && !this.#stopping; next = queue.waiting[0]) {
      try {
        if (clock.nowMs() - next.atMs <= OLDEST_MS) await deliver(queue.hook, next, clock, this.#abort.signal);
        if (queue.failures > 0)
          log.info({ event: 'webhook-delivers', webhook: queue.name }, 'a webhook takes alarms again');
        queue.failures = 0;
        queue.trouble = null;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        const detail = wordsOf(error);
        if (queue.trouble !== detail)
          log.warn({ event: 'webhook-trouble', webhook: queue.name }, `an alarm is not delivered: ${detail}`);
        queue.trouble = detail;
        if (!(error instanceof WebhookRefused)) {
          const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(queue.failures, 20), LAST_RETRY_MS);
          queue.failures += 1;
          if (!this.#stopping) queue.cancelRetry = clock.after(delayMs, () => this.#work(queue));
          return;
        }
      }
      queue.waiting.shift();
    }
  }
}
