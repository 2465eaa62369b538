import { insightDeps } from '../insight/deps.ts';
import type { ReportDeps } from './content.ts';

/** @param from as for insight: a report is made of the same, and of the history of the plugs */
export function reportDeps(from: Parameters<typeof insightDeps>[0] & { demo: boolean }): ReportDeps {
  const { config, journal, carbon, demo, flush } = from;
  return {
    ...insightDeps(from),
    ...{ studio: config.studio.name, demo },
    async history(plug, fromMs, toMs, stepMs) {
      await flush();
      return journal.history(plug, fromMs, toMs, stepMs);
    },
    pricingKnownAt: (fromMs, toMs, atMs) => carbon.pricingKnownAt(fromMs, toMs, atMs),
  };
}
