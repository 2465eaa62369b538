import { homedir, networkInterfaces } from 'node:os';
import { join } from 'node:path';

/** Where the journal is when the configuration does not say: the service's state directory, else the user's. */
export function defaultJournalPath(env: NodeJS.ProcessEnv): string {
  if (env.STATE_DIRECTORY) return join(env.STATE_DIRECTORY, 'journal.sqlite');
  const state = env.XDG_STATE_HOME || join(homedir(), '.local', 'state');
  return join(state, 'offair', 'journal.sqlite');
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Whether every call needs a token: others than this machine reach the API, by its own address, or by a proxy on this
 * machine that leads a name of theirs to loopback.
 */
export function tokenRequired({ host, allowedHosts }: { host: string; allowedHosts: readonly string[] }): boolean {
  return [host, ...allowedHosts.map(withoutPort)].some((name) => !isLoopback(name));
}

/** `studio-pi.local:8787` and `[::1]:8787` as a host. */
function withoutPort(name: string): string {
  return name.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '');
}

/** The `Host` headers by which this server may be asked: its own addresses and names, never what a request claims. */
export function allowedHosts(host: string, port: number, more: readonly string[]): string[] {
  const any = host === '0.0.0.0' || host === '::';
  const own = any
    ? Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address))
    : [host];
  const names = [...new Set(['127.0.0.1', 'localhost', '::1', ...own])];
  const withPort = names.map((name) => `${name.includes(':') ? `[${name}]` : name}:${port}`);
  return [...withPort, ...(port === 80 ? names : []), ...more].map((name) => name.toLowerCase());
}
