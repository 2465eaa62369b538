import { z } from 'zod';
import type { AlarmEvent } from '../alarm-schema.ts';
import * as configs from '../config-schemas.ts';
import type { Connections } from '../connections.ts';
import type { ApiDeps } from '../deps.ts';
import { EventStreams } from '../events.ts';
import { metricsWriter } from '../metrics.ts';
import { Problem } from '../problem.ts';
import { processMetrics } from '../process-metrics.ts';
import * as questions from '../question-schemas.ts';
import * as schemas from '../schemas.ts';
import { alarmView, deadLetterView, statusView } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

const text = (type: string, description: string) => ({
  200: { description, content: { [type]: { schema: z.string() } } },
});

/** Times and ages in it go on also when nothing changes, ms. */
const LASTS_MS = 250;

function cachedJson(deps: Pick<ApiDeps, 'revision' | 'nowMs'>, view: () => object): () => string {
  let made = { json: '', revision: -1, atMs: 0 };
  return () => {
    const [revision, atMs] = [deps.revision(), deps.nowMs()];
    if (revision !== made.revision || Math.abs(atMs - made.atMs) >= LASTS_MS)
      made = { json: JSON.stringify(view()), revision, atMs };
    return made.json;
  };
}

/** The whole state at once and as a stream, and what watches the daemon itself. */
export function systemRoutes(api: Api, deps: ApiDeps, connections: Connections): void {
  const statusJson = cachedJson(deps, () => statusView(deps));
  api.get(
    `${PREFIX}/status`,
    { schema: { tags: ['status'], summary: 'Everything that is true now', response: answers(200, schemas.Status) } },
    // The schema is of what is sent; the text is made once for all who ask between two changes.
    async (_request, reply) => reply.type('application/json; charset=utf-8').send(statusJson() as never),
  );

  const streams = new EventStreams(
    deps,
    'status',
    () => statusView(deps),
    () => connections.cut('stream_unread'),
    (tell) =>
      deps.outcomes.onAlarm(({ change, alarm }) => {
        const event: z.output<typeof AlarmEvent> = { change, alarm: alarmView(alarm) };
        tell('alarm', event);
      }),
  );
  api.addHook('preClose', async () => streams.endAll());
  api.get(
    `${PREFIX}/events`,
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['status'],
        summary: 'The status as a stream of server-sent events',
        description:
          'Event `status` with the whole status, at once and after every change, at most four a second; event `alarm` with each change of an alarm.',
        response: text('text/event-stream', 'Never ends by itself'),
      },
    },
    // The schema is of what a client reads: text. Fastify pipes the stream that makes it.
    async (_request, reply) => reply.type('text/event-stream').send(streams.open() as unknown as string),
  );

  api.get(
    '/healthz',
    {
      schema: {
        tags: ['health'],
        summary: 'Alive: the event loop answers',
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  api.get(
    '/readyz',
    {
      schema: {
        tags: ['health'],
        summary: 'Ready: configured, the journal is writable, every plug was asked once',
        response: answers(200, z.object({ ready: z.literal(true) })),
      },
    },
    async () => {
      const { ready, because } = deps.ready();
      if (!ready)
        throw new Problem('not-ready', because.join('; '), {
          reasons: because.map((text) => ({ code: 'not-ready', text })),
        });
      return { ready: true as const };
    },
  );

  api.get(
    `${PREFIX}/dead-letters`,
    {
      schema: {
        tags: ['status'],
        summary: 'The points that InfluxDB will never take, newest first, with its reasons',
        description: 'How many there are is in the status. The last 10,000 are kept.',
        querystring: questions.LogQuery,
        response: answers(200, schemas.DeadLetters),
      },
    },
    async (request) => ({ entries: (await deps.deadLetters(request.query.limit)).map(deadLetterView) }),
  );

  api.get(
    `${PREFIX}/log-level`,
    {
      schema: {
        tags: ['health'],
        summary: 'From which level on is logged',
        response: answers(200, configs.LogLevelView),
      },
    },
    async () => ({ level: deps.logLevel.get() }),
  );
  api.post(
    `${PREFIX}/log-level`,
    {
      schema: {
        tags: ['health'],
        summary: 'Logs more or less, until the next restart',
        description: 'SIGUSR2 changes between debug and the level of the start.',
        body: configs.LogLevelBody,
        response: answers(200, configs.LogLevelView),
      },
    },
    async (request) => {
      deps.logLevel.set(request.body.level);
      return { level: deps.logLevel.get() };
    },
  );

  const metricsText = metricsWriter(deps, () => [...deps.metrics(), connections.family()]);
  api.get(
    '/metrics',
    {
      schema: {
        tags: ['health'],
        summary: 'For Prometheus',
        response: text('text/plain', 'Text format 0.0.4'),
      },
    },
    async (_request, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(`${metricsText()}${await processMetrics()}`),
  );
}
