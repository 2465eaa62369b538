import type { Registry } from 'prom-client';

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
  return (await registry).metrics();
}
