import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TokenScope } from '../model/ports.ts';
import { type Access, accessOf } from './access.ts';
import type { ApiDeps } from './deps.ts';
import { Guesses } from './guesses.ts';
import { Problem } from './problem.ts';

const SECURITY_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Swagger UI draws its small icons from data: images.
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** The token that may, the least of them first. */
const SCOPES: Readonly<Record<Exclude<Access, 'open'>, readonly TokenScope[]>> = {
  overlay: ['overlay', 'read', 'control', 'admin'],
  read: ['read', 'control', 'admin'],
  control: ['control', 'admin'],
  admin: ['admin'],
  deed: ['control', 'admin'],
  hook: ['control', 'admin'],
};

/**
 * Refuses what must not reach a route, in this order: names that are not ours (DNS rebinding), other sites' pages
 * (CSRF), then who may not. Only raw headers are read: nothing that a proxy, or somebody who plays one, may add.
 *
 * Browsers send no Sec-Fetch headers to plain http hosts other than loopback, and under rebinding the Origin equals
 * the Host: so both are compared with the allowed names and never with each other.
 * @throws Error at registration of a route that the access table does not know
 */
export function installGuard(app: FastifyInstance, deps: ApiDeps): void {
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) {
      if (!accessOf(one, url))
        throw new Error(`${one} ${url} is not in the access table: say in api/access.ts who may call it`);
    }
  });

  const guesses = new Guesses();
  app.decorateRequest('caller', 'api');
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    // Read anew each time: a port chosen by the system is known only once the server listens.
    const hosts = deps.allowedHosts.map((host) => host.toLowerCase());
    const hook = accessOf(request.method, request.routeOptions.url ?? '') === 'hook';
    try {
      checkHost(request, hook ? [...hosts, ...hosts.map(withoutPort)] : hosts);
      checkOrigin(request, hosts);
      await checkToken(request, deps, guesses);
    } catch (error) {
      if (!hook) throw error;
      request.log.warn(
        { event: 'rtmp-call-refused', err: error },
        'a call of the RTMP server was refused, and let through',
      );
      return reply.code(204).send();
    }
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls, for the logs: `api`, or `api:<label>` with a token. */
    caller: string;
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

function checkHost(request: FastifyRequest, hosts: readonly string[]): void {
  const sent = request.raw.rawHeaders.filter((value, i) => i % 2 === 0 && value.toLowerCase() === 'host').length;
  const host = request.headers.host?.toLowerCase();
  if (sent === 1 && host !== undefined && hosts.includes(host)) return;
  throw new Problem(
    'host-refused',
    'the Host header is not a name of this server. Use the address that offair prints at its start, or add the name to api.allowedHosts',
  );
}

function checkOrigin(request: FastifyRequest, hosts: readonly string[]): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const originHost = origin === undefined ? null : /^https?:\/\/(.+)$/i.exec(origin)?.[1]?.toLowerCase();
  const ownOrigin = originHost === null || (originHost !== undefined && hosts.includes(originHost));
  const ownSite = site === undefined || site === 'same-origin' || site === 'none';
  if (ownOrigin && ownSite) return;
  throw new Problem(
    'origin-refused',
    'the request comes from a page of another site. Call the API from its own page or from a program',
  );
}

async function checkToken(request: FastifyRequest, deps: ApiDeps, guesses: Guesses): Promise<void> {
  const { url } = request.routeOptions;
  // An unknown path is answered with 404 and tells nobody anything. A route that slipped past the table is closed.
  const access = url === undefined ? 'open' : (accessOf(request.method, url) ?? 'control');
  if (access === 'open') return;
  const header = access === 'hook' ? tokenInQuery(request) : request.headers.authorization;
  if (header === undefined) {
    if (!deps.tokenRequired && access !== 'deed') return;
    throw new Problem(
      'token-needed',
      'send Authorization: Bearer with a token. Make one with: offair token create NAME --config FILE',
    );
  }
  const waitMs = guesses.waitMs(request.ip, deps.nowMs());
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    throw new Problem(
      'too-many-guesses',
      `too many wrong tokens came from this address: wait ${seconds} s`,
      {},
      seconds,
    );
  }
  const token = /^Bearer ([\w.~+/-]{1,200}=*)$/i.exec(header)?.[1];
  const found = token === undefined ? null : await deps.findToken(token);
  if (found === null) {
    guesses.wrong(request.ip, deps.nowMs());
    throw new Problem('token-unknown', 'the token was mistyped or revoked. See: offair token list');
  }
  guesses.right(request.ip);
  const scopes = SCOPES[access];
  if (!scopes.includes(found.scope)) {
    const [needed] = scopes;
    throw new Problem(
      'token-scope',
      `the token is of scope ${found.scope}, and this needs one of scope ${needed}. Make one with: offair token create NAME --scope ${needed} --config FILE`,
    );
  }
  request.caller = `api:${found.label}`;
}

function tokenInQuery(request: FastifyRequest): string | undefined {
  const { token } = request.query as { token?: unknown };
  return token === undefined ? undefined : `Bearer ${token}`;
}
