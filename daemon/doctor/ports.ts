import { connect, createServer } from 'node:net';
import type { Clock } from '../../model/clock.ts';
import { tokenRequired } from '../paths.ts';
import { withJournal } from '../with-journal.ts';
import { type Finding, Findings } from './finding.ts';
import type { Patient } from './patient.ts';

const CONNECT_MS = 2000;

/** Are the ports on which offair listens free, or its own? */
export async function checkPorts({ config, daemon, file }: Patient): Promise<Finding[]> {
  const findings = new Findings('ports');
  const { host, port } = config.api;
  const wanted = [{ what: 'the API', key: 'api.port', host, port }];
  const own = config.mqtt?.embedded;
  if (own) wanted.push({ what: 'the MQTT broker', key: 'mqtt.embedded.port', host: own.host, port: own.port });
  if (own?.tls)
    wanted.push({ what: 'MQTT over TLS', key: 'mqtt.embedded.tls.port', host: own.host, port: own.tls.port });
  for (const { what, key, host, port } of wanted) {
    const about = `${host}:${port}`;
    const code = await whyNotListening(host, port);
    if (daemon && key === 'api.port') tellOfDaemon(findings, about, config.studio.id, daemon);
    else if (code === null && daemon)
      findings.failed('port-silent', `${what} is not on ${about}, though the daemon runs`, {
        about,
        remedy: 'was it started with another configuration? Restart it',
      });
    else if (code === null) findings.ok('port', `${about} is free for ${what}`, about);
    else if (code === 'EADDRINUSE' && daemon) findings.ok('port', `${what} is on ${about}`, about);
    else
      findings.failed(`port-${code}`, `${about}, for ${what}: ${WHY[code] ?? code}`, {
        about,
        remedy: remedyOf(code, key, port),
      });
  }
  if (tokenRequired(config.api)) {
    const tokens = await withJournal(file, 'fail', (journal) => journal.tokens()).catch(() => null);
    if (tokens?.length === 0)
      findings.warning('no-tokens', 'every call from elsewhere needs a token, and there is none', {
        remedy: 'offair token create NAME --config FILE',
      });
  }
  return findings.list;
}

const WHY: Record<string, string> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not listen there',
};

function remedyOf(code: string, key: string, port: number): string {
  if (code === 'EADDRINUSE') return `find it (ss -ltnp 'sport = :${port}') and end it, or set another ${key}`;
  if (code === 'EADDRNOTAVAIL') return `set ${key.replace('port', 'host')} to an address of this machine: ip addr`;
  return `set ${key} to 1024 or more`;
}

function tellOfDaemon(findings: Findings, about: string, studio: string, daemon: NonNullable<Patient['daemon']>): void {
  const { status, silence, pid } = daemon;
  if (!status)
    findings.warning('api-silent', `the daemon (process ${pid}) works on the journal, and ${silence}`, {
      about,
      remedy: 'as it says; otherwise restart the daemon',
    });
  else if (status.studio.id !== studio)
    findings.failed('api-other', `the studio ${status.studio.id} answers on ${about}`, {
      about,
      remedy: 'give each studio an api.port of its own',
    });
  else findings.ok('port', `the daemon (process ${pid}) answers on ${about}`, about);
}

/** null when one may listen there now; else the error code. */
function whyNotListening(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** Does anybody take connections there? */
export function listens(host: string, port: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host === '0.0.0.0' ? '127.0.0.1' : host, port });
    const cancel = clock.after(CONNECT_MS, () => socket.destroy(new Error('no answer')));
    const done = (answer: boolean) => {
      cancel();
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
