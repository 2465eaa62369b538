/**
 * Who may call what. One table, every route: a route that is missing here stops the server at its start.
 *
 * - `open`: files and documents that are the same in every installation and say nothing of this studio, and the sign of
 *   life. Never needs a token: a browser has to load the page before anybody can type one.
 * - `overlay`: what the OBS overlay shows. Needs a token of any scope where the server listens beyond loopback.
 * - `read`: anything of this studio. Needs a token of scope `read` or more where the server listens beyond loopback.
 * - `control`: changes something. Needs a token of scope `control` where the server listens beyond loopback.
 * - `admin`: changes how offair itself runs, not the studio. Needs a token of scope `admin` there; it may also all else.
 * - `deed`: a GET that changes something. Always needs a token of scope `control`, also on loopback: any page in a browser
 *   of this machine can make it send a GET, but not with a token.
 * - `hook`: a call of an RTMP server, which can send neither a header nor, in `Host`, the port; its token is in the query.
 *   What is refused is answered as if it was taken, and not taken: an error would stop the stream.
 *
 * Where a token is not needed, one that is sent must still be valid. Being in the same network, or calling from this
 * machine, opens nothing: a proxy would lend its loopback address to everybody.
 */
export type Access = 'open' | 'overlay' | 'read' | 'control' | 'admin' | 'deed' | 'hook';

export const ACCESS: Readonly<Record<string, Access>> = {
  'GET /': 'open',
  'GET /overlay': 'open',
  'GET /web/*': 'open',
  'GET /web/lib/*': 'open',
  'GET /healthz': 'open',
  'GET /openapi.json': 'open',
  'GET /docs': 'open',
  'GET /docs/': 'open',
  'GET /docs/json': 'open',
  'GET /docs/yaml': 'open',
  'GET /docs/static/*': 'open',
  'GET /docs/static/index.html': 'open',
  'GET /docs/static/swagger-initializer.js': 'open',

  'GET /api/v1/overlay': 'overlay',
  'GET /api/v1/overlay/events': 'overlay',

  'GET /readyz': 'read',
  'GET /metrics': 'read',
  'GET /api/v1/status': 'read',
  'GET /api/v1/events': 'read',
  'GET /api/v1/plugs': 'read',
  'GET /api/v1/plugs/:id': 'read',
  'GET /api/v1/plugs/:id/history': 'read',
  'GET /api/v1/power': 'read',
  'GET /api/v1/discovered': 'read',
  'GET /api/v1/config': 'read',
  'GET /api/v1/log-level': 'read',
  'POST /api/v1/config/check': 'read',
  'GET /api/v1/sessions': 'read',
  'GET /api/v1/sessions/:id': 'read',
  'GET /api/v1/sessions/:id/footprint': 'read',
  'GET /api/v1/sessions/:id/score': 'read',
  'GET /api/v1/sessions/:id/report': 'read',
  'GET /api/v1/sessions/:id/badge.svg': 'read',
  'GET /api/v1/score': 'read',
  'GET /api/v1/audit': 'read',
  'POST /api/v1/whatif': 'read',
  'GET /api/v1/quarters/:quarter': 'read',
  'POST /api/v1/compare': 'read',
  'GET /api/v1/badge.svg': 'read',
  'GET /api/v1/emissions': 'read',
  'GET /api/v1/intensity': 'read',
  'GET /api/v1/intensity/forecast': 'read',
  'GET /api/v1/intensity/best-slot': 'read',
  'GET /api/v1/policy/preview': 'read',
  'GET /api/v1/policy/cut-now': 'read',
  'GET /api/v1/switching/log': 'read',
  'GET /api/v1/dead-letters': 'read',
  'GET /api/v1/savings': 'read',
  'GET /api/v1/plugs/:id/idle-suggestion': 'read',
  'GET /api/v1/alarms': 'read',

  'POST /api/v1/plugs/:id/commands': 'control',
  'POST /api/v1/discovered/search': 'control',
  'DELETE /api/v1/plugs/:id/override': 'control',
  'POST /api/v1/policy/hold': 'control',
  'DELETE /api/v1/policy/hold': 'control',
  'POST /api/v1/policy/cut-now': 'control',
  'POST /api/v1/sessions': 'control',
  'POST /api/v1/sessions/current/phase': 'control',
  'POST /api/v1/sessions/current/audience': 'control',
  'POST /api/v1/sessions/current/end': 'control',
  'POST /api/v1/onsite': 'control',
  'POST /api/v1/alarms/:id/acknowledge': 'control',

  'POST /api/v1/config/reload': 'admin',
  'POST /api/v1/log-level': 'admin',

  'POST /api/v1/hooks/session/:action': 'control',
  'POST /api/v1/hooks/audience/:viewers': 'control',
  'GET /api/v1/hooks/session/:action': 'deed',
  'GET /api/v1/hooks/audience/:viewers': 'deed',
  'POST /api/v1/hooks/rtmp': 'hook',
};

/** The access of a registered route; HEAD is as GET. `undefined` when the table forgot it. */
export function accessOf(method: string, url: string): Access | undefined {
  const key = `${method === 'HEAD' ? 'GET' : method} ${url}`;
  return Object.hasOwn(ACCESS, key) ? ACCESS[key] : undefined;
}
