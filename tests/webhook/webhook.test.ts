import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deliver, requestOf, type Webhook, WebhookRefused } from '../../adapters/webhook/index.ts';
import { type AlarmWebhook, AlarmWebhooks, webhooksOf } from '../../daemon/alarm-webhooks.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { Alarm, AlarmChange } from '../../model/alarms.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

const STUDIO = { id: 'studio-a', name: 'Studio É', timeZone: 'Europe/Paris' };
const SECRET = 'tk_a-secret-of-the-webhook';

function alarm(given: Partial<Alarm> = {}): AlarmChange {
  return {
    change: given.clearedAtMs ? 'cleared' : 'raised',
    alarm: {
      ...{ id: 'a-1', code: 'restore-failed', of: 'key-light', severity: 'critical', plug: 'key-light' },
      ...{ data: { name: 'Key <!channel> light', detail: 'no answer' }, raisedAtMs: Date.UTC(2026, 10, 24, 19) },
      ...{ clearedAtMs: null, acknowledged: null, ...given },
    },
  };
}

/** A web server that notes what it gets and answers as told. */
class Receiver {
  answers: (number | 'hang up')[] = [];
  readonly got: { headers: IncomingMessage['headers']; url: string; body: string }[] = [];
  readonly #server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    this.got.push({ headers: request.headers, url: request.url ?? '', body });
    const answer = this.answers.shift() ?? 200;
    if (answer === 'hang up') request.socket.destroy();
    else response.writeHead(answer, answer === 302 ? { location: '/elsewhere' } : {}).end('ok');
  });
  async start(): Promise<string> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/secret-path`;
  }
  async stop() {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

let receiver: Receiver;
let url: string;
beforeEach(async () => {
  receiver = new Receiver();
  url = await receiver.start();
});
afterEach(() => receiver.stop());

describe('what is sent', () => {
  const message = (change: AlarmChange) => ({ ...change, studio: STUDIO, atMs: change.alarm.raisedAtMs });
  const request = (kind: Webhook['kind'], language: 'fr' | 'en', change = alarm(), lateMs = 0) =>
    requestOf({ kind, language }, message(change), change.alarm.raisedAtMs + lateMs);

  test('ntfy gets a text with title, priority and tags in headers of ASCII', () => {
    const { headers, body } = request('ntfy', 'fr');
    expect(body).toBe('Key <!channel> light n’a pas pu être rallumée : no answer. La rallumer à la main');
    expect(headers).toMatchObject({ priority: '5', tags: 'rotating_light' });
    const [, encoded = ''] = /^=\?UTF-8\?B\?(.*)\?=$/.exec(headers.title ?? '') ?? [];
    expect(Buffer.from(encoded, 'base64').toString()).toBe('Alarme · Studio É');
    const over = request('ntfy', 'en', alarm({ clearedAtMs: Date.UTC(2026, 10, 24, 20) })).headers;
    expect(over).toMatchObject({ priority: '3', tags: 'white_check_mark' });
  });

  test('Slack gets a text in which no name mentions anybody', () => {
    const { text } = JSON.parse(request('slack', 'en').body);
    expect(text).toBe(
      '*Alarm · Studio É*\nKey &lt;!channel&gt; light could not be switched on: no answer. Switch it on by hand',
    );
  });

  test('others get all fields, and the words in their language', () => {
    expect(JSON.parse(request('generic', 'fr').body)).toMatchObject({
      studio: { id: 'studio-a', name: 'Studio É' },
      change: 'raised',
      title: 'Alarme · Studio É',
      alarm: {
        ...{ id: 'a-1', code: 'restore-failed', severity: 'critical', plug: 'key-light' },
        ...{ raisedAt: '2026-11-24T19:00:00.000Z', clearedAt: null, acknowledged: null, data: { detail: 'no answer' } },
      },
    });
  });

  test('what comes late says when it happened, in the time of the studio', () => {
    expect(request('ntfy', 'fr', alarm(), 120_000).body).toMatch(/\(24\/11\/2026 20:00\)$/);
  });
});

describe('one delivery', () => {
  const hook = (): Webhook => ({ kind: 'generic', url, token: SECRET, language: 'en' });
  const once = () => deliver(hook(), { ...alarm(), studio: STUDIO, atMs: 0 }, systemClock);

  test('has the token, and follows no redirect with it', async () => {
    await once();
    expect(receiver.got[0]).toMatchObject({ headers: { authorization: `Bearer ${SECRET}` }, url: '/secret-path' });
    receiver.answers = [302];
    await expect(once()).rejects.toThrow(WebhookRefused);
    expect(receiver.got).toHaveLength(2);
  });

  test('is refused for good, or may be tried again, by what the server says', async () => {
    for (const status of [400, 401, 404, 410]) {
      receiver.answers = [status];
      await expect(once()).rejects.toThrow(WebhookRefused);
    }
    for (const status of [408, 429, 500, 503, 'hang up'] as const) {
      receiver.answers = [status];
      await expect(once()).rejects.not.toThrow(WebhookRefused);
    }
  });
});

describe('the queue', () => {
  const clock = new FakeClock();
  let state: Record<string, () => unknown>;
  let lines: string[];
  let running: AlarmWebhooks | null = null;
  const start = async (hooks: Partial<AlarmWebhook>[], kept: unknown = undefined) => {
    [state, lines] = [{}, []];
    const made = hooks.map(
      (one): AlarmWebhook => ({
        ...{ kind: 'generic', url, token: SECRET, language: 'en', minSeverity: 'warning', ...one },
      }),
    );
    running = new AlarmWebhooks({
      ...{ clock, hooks: made, studio: STUDIO, log: pino({}, { write: (line: string) => lines.push(line) }) },
      recall: async () => kept,
      keep: (name, value) => {
        state[name] = value;
      },
    });
    await running.start();
    return running;
  };
  const waiting = () => JSON.parse(JSON.stringify(state['alarm-webhooks']?.()));
  const ids = () => receiver.got.map(({ body }) => JSON.parse(body).alarm.id);
  afterEach(() => running?.stop());

  test('tries again with ever longer pauses, in order, and tells no secret', async () => {
    const webhooks = await start([{}]);
    receiver.answers = [500, 'hang up', 503];
    webhooks.tell(alarm({ id: 'one' }));
    await until('the first try', () => webhooks.troubles.length === 1);
    await clock.advance(5000);
    await until('the second try', () => lines.length === 2);
    await clock.advance(10_000);
    await until('the third try', () => lines.length === 3);
    webhooks.tell(alarm({ id: 'two' }));
    await until('both are there', () => receiver.got.length === 5);
    expect(ids()).toEqual(['one', 'one', 'one', 'one', 'two']);
    await until('all is well', () => webhooks.troubles.length === 0);
    expect(lines.join()).not.toMatch(/secret/);
  });

  test('what waits survives a restart, and what is refused holds up nothing', async () => {
    receiver.answers = [503, 503, 503];
    (await start([{}])).tell(alarm({ id: 'one' }));
    await until('it waits', () => (running?.troubles.length ?? 0) === 1);
    running?.tell(alarm({ id: 'two' }));
    const kept = waiting();
    await running?.stop();
    receiver.got.length = 0;
    receiver.answers = [404];
    await start([{}], kept);
    await until('both came', () => receiver.got.length === 2);
    expect(ids()).toEqual(['one', 'two']);
    await until('nothing waits', () => Object.values(waiting()).flat().length === 0);
  });

  test('one webhook that does not answer holds up no other, and never grows beyond its bound', async () => {
    const webhooks = await start([{ url: 'http://127.0.0.1:1/' }, {}]);
    for (let i = 0; i < 150; i += 1) webhooks.tell(alarm({ id: `a${i}` }));
    await until('the other has all', () => receiver.got.length >= 100);
    expect(Object.values<unknown[]>(waiting())[0]?.length).toBeLessThanOrEqual(100);
  });

  test('tells what is grave enough, and that it was seen to programs alone', async () => {
    const webhooks = await start([{ minSeverity: 'critical' }, { kind: 'slack', minSeverity: 'info' }]);
    webhooks.tell(alarm({ id: 'grave' }));
    webhooks.tell(alarm({ id: 'mild', severity: 'info' }));
    webhooks.tell({ ...alarm({ id: 'grave' }), change: 'acknowledged' });
    await until('they came', () => receiver.got.length === 4);
    const [slack, generic] = [
      receiver.got.filter(({ body }) => 'text' in JSON.parse(body) && !('alarm' in JSON.parse(body))),
      receiver.got.filter(({ body }) => 'alarm' in JSON.parse(body)),
    ];
    expect(slack).toHaveLength(2);
    expect(generic.map(({ body }) => JSON.parse(body).change)).toEqual(['raised', 'acknowledged']);
  });

  test('is made of the configuration: the address of Slack may be a secret, and a token goes where it is meant to', () => {
    const common = { token: false, minSeverity: 'warning' as const, lang: 'fr' as const };
    const alarms = {
      strips: [],
      webhooks: [
        { ...common, kind: 'slack' as const },
        { ...common, kind: 'ntfy' as const, url: 'https://ntfy.sh/x', token: true },
      ],
    };
    const secrets: Record<string, string> = { slack_webhook_url: 'https://hooks.slack.com/a', webhook_token: 't' };
    const hooks = webhooksOf({ alarms }, (name) => secrets[name]);
    expect(hooks.map((hook) => [hook.url, hook.token])).toEqual([
      ['https://hooks.slack.com/a', undefined],
      ['https://ntfy.sh/x', 't'],
    ]);
    expect(webhooksOf({ alarms }, () => undefined)).toHaveLength(1);
  });
});
