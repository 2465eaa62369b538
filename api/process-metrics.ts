import type { Registry } from 'prom-client';

/** So `prom-client` writes what is not known yet: no number of the format, and what is not known is absent. */
const UNKNOWN = /^.* Nan\n/gm;

let registry: Promise<Registry> | null = null;

/**
 * What Node tells of this process, in Prometheus text: CPU, memory, lag of the event loop, collections of garbage, open
 * files. Of the process, not of a server in it: its observers are made once, however often a server is, and only where
 * somebody asks.
 */
export async function processMetrics(): Promise<string> {
  registry ??= import('prom-client').then(({ collectDefaultMetrics, Registry }) => {
    const made = new Registry();
    collectDefaultMetrics({ register: made });
    return made;
  });
  const text = await (await registry).metrics();
  return text.replaceAll(UNKNOWN, '');
}
