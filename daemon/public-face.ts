import type { AdapterDeps } from '../adapters/adapter.ts';
import { plugAdapters } from '../adapters/registry.ts';
import { buildApi } from '../api/app.ts';
import type { Outcomes } from '../api/outcomes.ts';
import type { Renderer } from '../api/report/renderer.ts';
import type { Journal } from '../model/ports.ts';
import { apiDeps } from './api-deps.ts';
import { configDesk } from './config-desk.ts';
import type { Discovered } from './discovered.ts';
import { brokerMetrics, readingMetrics, rejectionMetrics, type SwitchCounts } from './metrics.ts';
import type { StudioMqtt } from './mqtt.ts';
import { healthOf, OwnPoints } from './own-points.ts';
import { isLoopback } from './paths.ts';
import type { ReportDeps } from './report/content.ts';
import type { DaemonOptions } from './run.ts';
import type { Stop } from './stopping.ts';
import { startTopics } from './topics.ts';
import { VERSION } from './version.ts';
import type { ViewDeps } from './views.ts';

interface FaceDeps {
  options: DaemonOptions;
  journal: Journal;
  mqtt: StudioMqtt | null;
  adapterDeps: AdapterDeps;
  views: ViewDeps;
  outcomes: Outcomes;
  discovered: Discovered;
  reported: ReportDeps;
  renderer: Renderer;
  switchCounts: SwitchCounts;
  rtmpCalled(stream: string, published: boolean): void;
  saidAtMs(): number | null;
}

/**
 * What others see of the studio and ask of it: the API, topics on the broker, points of its own in the database.
 * `tellSession` says that the session has changed.
 * @param started gets what ends it
 * @throws Error when the address can't be listened on
 */
export async function openPublicFace(deps: FaceDeps, started: Stop[]): Promise<{ url: string; tellSession(): void }> {
  const { options, journal, mqtt, adapterDeps, views, discovered, reported, renderer, switchCounts, saidAtMs } = deps;
  const { config, demo, clock, random, log, secret, reload } = options;
  const { pipeline, sessions, devices } = views;
  const api = apiDeps({
    ...{ config, demo, journal, clock, views, reported, renderer, version: VERSION },
    ...{ outcomes: deps.outcomes, rtmpCalled: deps.rtmpCalled },
    metrics: () => [
      ...readingMetrics(pipeline.readings),
      switchCounts.family(),
      ...(mqtt ? rejectionMetrics(mqtt.bus) : []),
      ...(mqtt?.broker ? brokerMetrics(mqtt.broker.stats()) : []),
    ],
    discovered: () => discovered.list(),
    logLevel: options.logLevel ?? { get: () => 'info', set: () => {} },
    configDesk: configDesk({
      ...{ config, file: options.configFile ?? null, reload, secret, adapters: plugAdapters },
      // The account of the demo opens nothing, and its loopback has nobody to find.
      adapterDeps: demo ? { ...adapterDeps, networkInterface: null, mqtt: null, secret: () => undefined } : adapterDeps,
    }),
  });
  const app = await buildApi(api, { logger: log.child({ part: 'api' }) });
  started.push(() => app.close());
  const { host, port } = config.api;
  const url = await app.listen({ host, port });

  if (config.influx) {
    const ownPoints = new OwnPoints({
      ...{ clock, log, studio: config.studio, journal, api, saidAtMs },
      health: () =>
        healthOf(api.status(), sessions.status !== 'unknown', {
          version: VERSION,
          uptimeSeconds: Math.round(process.uptime()),
          residentMegabytes: process.memoryUsage.rss() / 1e6,
          ...{ readings: pipeline.readings.taken, readingsDropped: pipeline.readings.dropped },
        }),
      line: (line) => pipeline.line(line),
    });
    ownPoints.start();
    started.push(() => ownPoints.stop());
  }

  if (!mqtt) return { url, tellSession: () => {} };
  const topics = await startTopics({
    ...{ bus: mqtt.bus, config, api, clock, random, log, memory: adapterDeps.memory },
    hasRelay: (plug) => Boolean(devices.get(plug)?.relay),
    pageUrl: isLoopback(host) ? null : url,
  });
  started.push(topics.stop);
  return { url, tellSession: topics.tellSession };
}
