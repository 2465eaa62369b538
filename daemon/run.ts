import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { createIntensity } from '../adapters/carbon/index.ts';
import { InfluxSink } from '../adapters/influx/index.ts';
import { sessionLine, switchLine } from '../adapters/influx/line-protocol.ts';
import { SqliteJournal } from '../adapters/journal/index.ts';
import { plugAdapters } from '../adapters/registry.ts';
import type { LogLevelSwitch, ReloadView } from '../api/deps.ts';
import { Renderer } from '../api/report/renderer.ts';
import { gridOf } from '../config/carbon.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { Clock, Random } from '../model/clock.ts';
import { hasTripped } from '../model/faults.ts';
import { solarGramsPerKwh } from '../model/market.ts';
import { isProducer } from '../model/plug.ts';
import { type IntensitySource, NO_SINK } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';
import { changedBy } from '../model/session.ts';
import { AlarmWebhooks, webhooksOf } from './alarm-webhooks.ts';
import { Alarms } from './alarms.ts';
import { Carbon } from './carbon.ts';
import { Controller } from './controller.ts';
import { deviceMemory } from './device-memory.ts';
import { createDevices, settingsOf, specsOf } from './devices.ts';
import { Configured } from './discover.ts';
import { Discovered } from './discovered.ts';
import { FaultLog } from './fault-log.ts';
import { influxSettings } from './influx.ts';
import { readLive } from './insight/lives.ts';
import { Live } from './live.ts';
import { SwitchCounts } from './metrics.ts';
import { mqttClientId, startMqtt } from './mqtt.ts';
import { Onsite } from './onsite.ts';
import { alarmFacts, outcomesOf } from './outcomes.ts';
import { tokenRequired } from './paths.ts';
import { Pipeline } from './pipeline.ts';
import { startPolling } from './polling.ts';
import { openPublicFace } from './public-face.ts';
import { reportContent } from './report/content.ts';
import { reportDeps } from './report/deps.ts';
import { ReportWriter } from './report/writer.ts';
import { Savings } from './savings.ts';
import { sessionSourcesOf } from './session-sources.ts';
import { Sessions } from './sessions.ts';
import { shutdowns } from './shutdowns.ts';
import { Signals } from './signals.ts';
import { type Stop, stopAll } from './stopping.ts';
import { studioLines } from './studio-lines.ts';
import { studioProblems } from './studio-problems.ts';
import type { ViewDeps } from './views.ts';
import { Vitals, watchJournal } from './vitals.ts';

/** After so long without a sign of life a restart is due, ms. The policy looks at the time every second. */
const POLICY_PATIENCE_MS = 60_000;
export interface DaemonOptions {
  config: StudioConfig;
  /** The studio.yaml that the configuration is from; none in the demo. */
  configFile?: string;
  /** Reads it anew; what comes of it is another daemon. */
  reload?: () => ReloadView;
  journalPath: string;
  demo: boolean;
  clock: Clock;
  random: Random;
  log: Logger;
  /** Changes what `log` lets through; without one it stays as it is. */
  logLevel?: LogLevelSwitch;
  secret(name: string): string | undefined;
  /** The journal's thread died: nothing can be kept any more, and only a restart helps. */
  onLost(error: Error): void;
  /** Stands in for the country's providers of grid intensity: the demo's simulated grid. */
  intensitySources?: readonly IntensitySource[];
}

export interface Daemon {
  /** Where the API listens. */
  url: string;
  sessions: Sessions;
  /** The parts that show no sign of life any more, which a restart would mend. */
  late(): string[];
  /** Stops polling, flushes, leaves every relay as it is. */
  stop(): Promise<void>;
}

/**
 * Builds the daemon from its parts and starts it: the journal, what was known, the API, then the outside world.
 * Switches nothing.
 * @throws Error when the journal can't be opened or the address can't be listened on
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const started: Stop[] = [];
  try {
    return await start(options, started);
  } catch (error) {
    await stopAll(started, options.clock).catch(() => {});
    throw error;
  }
}

const SESSION_WORDS = {
  none: 'off air: no live is running',
  unknown: 'not known whether a live is running: start or end one to tell',
};

/** Name under which the journal keeps that it was lost and nobody has said since whether a live runs. */
const UNKNOWN_SESSION = 'session-unknown';

async function start(options: DaemonOptions, started: Stop[]): Promise<Daemon> {
  const { config, clock, random, log, demo } = options;
  const { studio, switching } = config;

  const journal = new SqliteJournal(options.journalPath, {
    clock,
    maxBytes: config.journal.maxMegabytes * 1024 * 1024,
    onSetAside: (path) => {
      tellSetAside(path);
      rewrite();
    },
    onLost: options.onLost,
  });
  let setAsideAs: string | null = null;
  let rewrite = () => {};
  const tellSetAside = (path: string) => {
    setAsideAs = path;
    log.error(
      { event: 'journal-set-aside' },
      `the journal was damaged and was set aside as ${path}; a new one was begun`,
    );
  };
  const { setAside } = await journal.open();
  started.push(() => journal.close());
  const vitals = new Vitals(clock);
  started.push(watchJournal(() => journal.state(UNKNOWN_SESSION), vitals, clock));
  if (setAside) tellSetAside(setAside);

  const clientId = await mqttClientId(journal, studio.id);
  const mqtt = config.mqtt
    ? await startMqtt(config.mqtt, {
        ...{ journal, clientId, clock, random, log: log.child({ part: 'mqtt' }) },
        secret: options.secret,
      })
    : null;
  if (mqtt) started.push(() => mqtt.stop());

  const adapterDeps = {
    clock,
    random,
    log,
    mqtt: mqtt?.bus ?? null,
    secret: options.secret,
    memory: deviceMemory(journal),
    timeZone: studio.timeZone,
    networkInterface: config.discovery.interface ?? null,
  };
  const devices = createDevices(config, adapterDeps);
  const plugs = specsOf(config, devices);
  const live = new Live(clock, plugs);

  const influx = config.influx
    ? new InfluxSink(influxSettings(config.influx, studio, options.secret), {
        journal,
        clock,
        random,
        log: log.child({ part: 'influx' }),
      })
    : null;
  const lines = studioLines(config, plugs, devices, () => clock.nowMs());
  const pipeline = new Pipeline({
    clock,
    log,
    journal,
    runId: randomBytes(6).toString('hex'),
    plugs,
    devices,
    labels: () => sessions.labels,
    ...{ powerLine: lines.power, energyLine: lines.energy },
    pricing: (fromMs, toMs) => carbon.pricingOf(fromMs, toMs),
    onFlushed: () => influx?.poke(),
  });
  const grid = createIntensity(gridOf(config), { clock, log, secret: options.secret }, options.intensitySources);
  const carbon = new Carbon({
    clock,
    log,
    journal,
    ...grid,
    onPoints: (points) => {
      pipeline.intensities(points, lines.intensities(points));
      live.changed();
    },
  });
  const onsite = new Onsite({ clock, journal, keep: (name, value) => pipeline.state(name, value) });
  const faults = new FaultLog(log);
  const switchCounts = new SwitchCounts();
  const [makers, users] = [plugs.filter(isProducer), plugs.filter((plug) => !isProducer(plug))];
  const onReading = (reading: Reading) => {
    pipeline.reading(reading);
    live.reading(reading);
    if (makers.some(({ id }) => id === reading.plug)) onsite.metered(live.madeWatts(makers), live.lastWatts(users));
    faults.reading(reading);
    savings.reading(reading);
    if (reading.plug === sources.encoder?.plug) sources.encoder.reading(reading);
    const { plug, watts, relay, flags } = reading;
    controller.reading({ type: 'reading', plug, watts, relay, tripped: hasTripped(flags) });
  };
  const controller = new Controller({
    clock,
    log,
    journal,
    pipeline,
    devices,
    studio: { plugs, settings: settingsOf(switching) },
    shutDown: shutdowns(config, { clock, bus: mqtt?.bus ?? null, token: options.secret('shutdown_token') }),
    nextPlanned: () => signals.nextPlanned(),
    onTick: vitals.watch('policy', POLICY_PATIENCE_MS),
    onReading,
    onSwitch: (record) => {
      pipeline.line(switchLine(record, studio.id));
      savings.switched(record);
      switchCounts.add(record);
      alarms.switched(record);
      live.changed();
    },
  });
  let wakePolls = () => {};
  let tellSession = () => {};
  const sessions = new Sessions({
    clock,
    log,
    journal,
    onChange: (status, phase, session) => {
      const { session: before, phase: phaseBefore } = controller.state;
      if (before !== status || phaseBefore !== phase)
        log.info(
          { event: 'session', session: session?.id },
          status === 'running' ? `session: ${phase}` : (sessions.doubt?.text ?? SESSION_WORDS[status]),
        );
      controller.event({ type: 'session', status, phase, doubt: sessions.doubt, by: changedBy(session) });
      // What is to be restored is asked now, not at the end of its back-off.
      if (phase !== phaseBefore) wakePolls();
      if (status !== 'unknown') pipeline.state(UNKNOWN_SESSION, false);
      // At the time of the change itself: said again after a restart, it is the same point.
      const atMs = session?.endedAtMs ?? session?.phases.at(-1)?.atMs;
      if (session && atMs !== undefined) pipeline.line(sessionLine(session, phase, studio.id, atMs));
      live.changed();
      tellSession();
      if (session?.endedAtMs) reports.look();
      signals.changed();
    },
    onOver: (by) => signals.over(by),
  });
  const renderer = new Renderer((delayMs, run) => clock.after(delayMs, run));
  const reported = reportDeps({
    ...{ config, demo, plugs, journal, carbon, nowMs: () => clock.nowMs() },
    flush: () => pipeline.flush(),
  });
  const reports = new ReportWriter({
    ...{ clock, log: log.child({ part: 'reports' }), renderer, content: (id) => reportContent(reported, id) },
    folder: config.reports.folder ?? join(dirname(options.journalPath), 'reports'),
    ...{ formats: config.reports.formats, languages: config.reports.languages },
    sessions: (limit) => reported.sessions(limit),
    footprint: async (session) => (await readLive(reported, session)).live.whole,
  });
  const keep = (name: string, value: () => unknown) => pipeline.keep(name, value);
  const recall = (name: string) => journal.state(name);
  const { endAfterSeconds, endStartedByHand } = config.sessionSources;
  const sources = sessionSourcesOf(config, { ...adapterDeps, journal });
  const signals = new Signals({
    clock,
    log: log.child({ part: 'session sources' }),
    sources: sources.all,
    settings: { endAfterMs: endAfterSeconds * 1000, endStartedByHand },
    sessions,
    ...{ recall, keep },
    onChange: () => live.changed(),
  });

  const savings = new Savings({
    ...{ clock, log, journal, plugs, carbon, keep, timeZone: studio.timeZone, tariff: config.tariff ?? null },
    policy: () => controller.state,
  });
  const alarms: Alarms = new Alarms({
    ...{ clock, log: log.child({ part: 'alarms' }), journal, keep },
    facts: () => alarmFacts(views, config.alarms.strips),
  });
  const webhooks = new AlarmWebhooks({
    ...{ clock, log: log.child({ part: 'alarms' }), studio, recall, keep },
    hooks: webhooksOf(config, options.secret),
  });
  alarms.onChange((change) => {
    live.changed();
    webhooks.tell(change);
  });

  // Stopped after the pipeline: its last points get one last try.
  if (influx) started.push(() => influx.stop());
  await pipeline.start();
  started.push(() => pipeline.stop());
  // That nobody knows is remembered until somebody says so.
  const trusted = setAside === null && (await journal.state(UNKNOWN_SESSION)) !== true;
  pipeline.state(UNKNOWN_SESSION, !trusted);
  await savings.start();
  started.push(() => savings.stop());
  await controller.start(setAside === null);
  started.push(() => controller.stop());
  await signals.restore();
  await sessions.restore(trusted);
  await pipeline.catchUp();
  rewrite = () => {
    pipeline.rewrite();
    sessions.rewrite();
    savings.rewrite();
    alarms.rewrite();
  };
  started.push(() => sessions.stop());
  started.push(async () => {
    const stopped = reports.stop();
    await renderer.close();
    await stopped;
  });

  await onsite.start();
  started.push(async () => onsite.stop());

  const influxStatus = () => influx?.status() ?? NO_SINK;
  const views: ViewDeps = {
    timeZone: studio.timeZone,
    plugs,
    devices,
    dryRun: switching.dryRun,
    live,
    pipeline,
    sessions,
    signals,
    controller,
    carbon,
    onsite,
    market: {
      contract: config.carbon.contract ?? null,
      solarGramsPerKwh: solarGramsPerKwh(gridOf(config).zone, grid.factorType),
    },
    influx: influxStatus,
    nowMs: () => clock.nowMs(),
    openAlarms: () => alarms.open,
    problems: () =>
      studioProblems({ setAsideAs, pipeline, sessions, reports, carbon, webhooks, influx: influxStatus() }),
  };

  const discovered = new Discovered({
    adapters: plugAdapters,
    configured: new Configured(plugAdapters, config.plugs),
    adapterDeps: { ...adapterDeps, log: log.child({ part: 'discovery' }) },
    ears: mqtt?.ears ?? null,
  });
  await webhooks.start();
  started.push(() => webhooks.stop());
  await alarms.start();
  started.push(() => alarms.stop());
  const { url, tellSession: tell } = await openPublicFace(
    {
      ...{ options, journal, mqtt, adapterDeps, views, discovered, reported, renderer, switchCounts },
      outcomes: outcomesOf({ savings, alarms, journal, plugs, clock }),
      rtmpCalled: (stream, published) => sources.rtmp?.called(stream, published),
      saidAtMs: lines.saidAtMs,
    },
    started,
  );
  tellSession = tell;

  await carbon.start();
  started.push(() => carbon.stop());
  await influx?.start();
  started.push(() => signals.stop());
  signals.start();

  // No more readings, then no more decisions (a command under way may still be read back), then the plugs are let go.
  started.push(async () => {
    await Promise.all([...devices.values()].map((device) => device.stop()));
  });
  started.push(() => controller.stop());
  const polling = startPolling(devices, {
    ...{ clock, random, log, live, vitals, onReading },
    offline: (plug) => controller.event({ type: 'offline', plug }),
  });
  wakePolls = polling.wake;
  started.push(polling.stop);
  started.push(() => discovered.stop());
  discovered.start();
  if (tokenRequired(config.api))
    log.warn(
      { event: 'token-needed' },
      `reached from beyond this machine: every call needs a token (offair token create NAME --config FILE)`,
    );
  return { url, sessions, late: () => vitals.late(), stop: () => stopAll(started, clock) };
}
