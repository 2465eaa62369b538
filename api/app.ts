import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { installCompression } from './compress.ts';
import { Connections } from './connections.ts';
import type { ApiDeps } from './deps.ts';
import { installGuard } from './guard.ts';
import { onError, onNotFound } from './problem.ts';
import { adviceRoutes } from './routes/advice.ts';
import { alarmRoutes } from './routes/alarms.ts';
import { carbonRoutes } from './routes/carbon.ts';
import { configRoutes } from './routes/config.ts';
import { forecastRoutes } from './routes/forecast.ts';
import { hookRoutes } from './routes/hooks.ts';
import { liveRoutes } from './routes/lives.ts';
import { onsiteRoutes } from './routes/onsite.ts';
import { overlayRoutes } from './routes/overlay.ts';
import { plugRoutes } from './routes/plugs.ts';
import { policyRoutes } from './routes/policy.ts';
import { quarterRoutes } from './routes/quarters.ts';
import { reportRoutes } from './routes/report.ts';
import { savingsRoutes } from './routes/savings.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { systemRoutes } from './routes/system.ts';

const BODY_LIMIT_BYTES = 64 * 1024;
/** The longest a client may take to send its request. Answers, such as the live stream, may take for ever. */
const REQUEST_TIMEOUT_MS = 30_000;
/** How often clients are looked for that took too long, ms. */
const CHECKED_EVERY_MS = 5000;
const WEB_ROOT = fileURLToPath(new URL('web/', import.meta.url));
/** The chart library of the pages, as its package has it. */
const CHART_ROOT = fileURLToPath(new URL('.', import.meta.resolve('uplot/dist/uPlot.min.css')));

/**
 * The HTTP face of the daemon, ready to `listen()` or `inject()`. Nothing runs before.
 * `ready()`, which both call, rejects when a route is not in the access table.
 */
export function buildApi(deps: ApiDeps, options: { logger?: FastifyBaseLogger } = {}): FastifyInstance {
  const app: FastifyInstance = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { connectionsCheckingInterval: CHECKED_EVERY_MS },
    trustProxy: false,
    // Browsers open connections that they may never use: closing waits for nobody.
    forceCloseConnections: true,
    // A line per request would wear the SD card and hide what matters.
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: onError,
    ...(options.logger ? { loggerInstance: options.logger } : {}),
  });
  const connections = new Connections();
  connections.watch(app);
  app.setErrorHandler(onError);
  app.setNotFoundHandler(onNotFound);
  app.setValidatorCompiler(validatorCompiler);
  // The schemas of answers are for types and documents. Answers are not checked against them at run time: one odd
  // number must not hide the whole status.
  app.setSerializerCompiler(() => JSON.stringify);
  acceptOnlyJson(app);
  installGuard(app, deps);
  installCompression(app);

  app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'offair',
        version: deps.version,
        description:
          'The energy daemon of a livestream studio. Times are UTC, ISO-8601. Errors are RFC 9457 problem documents. Beyond loopback, calls need a token: `Authorization: Bearer`.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withoutInputTwins(jsonSchemaTransformObject(document)),
  });
  app.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'offair API' },
    uiConfig: { layout: 'BaseLayout' },
  });
  app.register(fastifyStatic, { root: WEB_ROOT, prefix: '/web/' });
  app.register(fastifyStatic, { root: CHART_ROOT, prefix: '/web/lib/', decorateReply: false });
  app.register(async (routes) => {
    routes.get('/', { schema: { hide: true } }, (_request, reply) => reply.sendFile('index.html'));
    routes.get('/overlay', { schema: { hide: true } }, (_request, reply) => reply.sendFile('overlay.html'));
    routes.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
    const api = routes.withTypeProvider<ZodTypeProvider>();
    systemRoutes(api, deps, connections);
    plugRoutes(api, deps);
    configRoutes(api, deps);
    policyRoutes(api, deps);
    sessionRoutes(api, deps);
    hookRoutes(api, deps);
    carbonRoutes(api, deps);
    forecastRoutes(api, deps);
    onsiteRoutes(api, deps);
    overlayRoutes(api, deps, connections);
    liveRoutes(api, deps);
    reportRoutes(api, deps);
    adviceRoutes(api, deps);
    quarterRoutes(api, deps);
    savingsRoutes(api, deps);
    alarmRoutes(api, deps);
  });
  return app;
}

/** JSON is the only body, so no form of another site can post here. An empty one is no body: some programs send that. */
function acceptOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body, done);
  });
}

type OpenApi = ReturnType<typeof jsonSchemaTransformObject>;

/** The type provider adds a twin of each named schema for requests: most are answers only, and nothing refers to it. */
function withoutInputTwins(document: OpenApi): OpenApi {
  if (!('components' in document) || !document.components?.schemas) return document;
  const asked = JSON.stringify(document.paths);
  const named = Object.entries(document.components.schemas).filter(
    ([name]) => !name.endsWith('Input') || asked.includes(`"#/components/schemas/${name}"`),
  );
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(named) } } as OpenApi;
}
