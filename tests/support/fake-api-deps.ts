import {
  type ApiDeps,
  type CommandResult,
  type ConfigView,
  type DiscoveredView,
  type HoldView,
  type PlugView,
  type PreviewEntry,
  SessionConflict,
  type SessionView,
} from '../../api/deps.ts';
import { Renderer } from '../../api/report/renderer.ts';
import { insightOf } from '../../daemon/insight/index.ts';
import { type ReportDeps, reportContent } from '../../daemon/report/content.ts';
import type { Clock } from '../../model/clock.ts';
import { type Footprint, gramsPerHour } from '../../model/emissions.ts';
import type { EnergySlice } from '../../model/energy.ts';
import type { IntensityPoint, MarginalPoint } from '../../model/intensity.ts';
import { type Reason, reason } from '../../model/policy-reasons.ts';
import type { DeadLetter, SessionPhase, SessionRecord, SwitchRecord } from '../../model/ports.ts';
import { NO_SINK } from '../../model/ports.ts';
import type { StudioProblem } from '../../model/problems.ts';
import * as sessions from '../../model/session.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeOutcomes } from './fake-outcomes.ts';

const QUARTER_MS = 900_000;

export const HOST = '127.0.0.1:8787';
export const READ_TOKEN = 'offair_r_0123456789';
export const OVERLAY_TOKEN = 'offair_o_0123456789';
export const CONTROL_TOKEN = 'offair_c_0123456789';
export const ADMIN_TOKEN = 'offair_a_0123456789';

/** A studio in memory, behind the API's own interface: tests change its fields and call `changed()`. */
export class FakeStudio implements ApiDeps {
  version = '0.1.0';
  studio = { id: 'atelier', name: 'Studio Atelier', country: 'FR', timeZone: 'Europe/Paris' };
  demo = false;
  allowedHosts: string[] = [HOST, 'localhost:8787', '[::1]:8787', 'studio-pi.local:8787'];
  tokenRequired = false;
  dryRun = false;
  problems: StudioProblem[] = [];
  held: HoldView | null = null;
  sources: ReturnType<ApiDeps['status']>['sources'] = [];
  plugs: PlugView[] = [
    plug({ id: 'cam-a', name: 'Camera A', kind: 'camera', watts: 11.4, essential: true }),
    plug({ id: 'key-light', name: 'Key light', kind: 'light', watts: 148.2 }),
    plug({ id: 'obs-pc', name: 'OBS computer', kind: 'pc', watts: 187.6, idleWatts: 8 }),
    plug({ id: 'monitor-wall', name: 'Monitor wall', kind: 'monitor', watts: 64.9, idleWatts: 3 }),
    plug({ id: 'mixer', name: 'Audio mixer', kind: 'audio', watts: null, relay: null, online: false, atMs: null }),
  ];
  intensity: IntensityPoint | null = null;
  current: SessionView | null = null;
  past: SessionView[] = [];
  slices: EnergySlice[] = [];
  /** What a provider forecasts; null: none does. */
  forecast: IntensityPoint[] | null = null;
  /** What WattTime says; null: it is not set up. */
  marginal: ((fromMs: number, toMs: number) => MarginalPoint[]) | null = null;
  log: SwitchRecord[] = [];
  dead: DeadLetter[] = [];
  unconfigured: DiscoveredView[] = [];
  readiness = { ready: true, because: [] as string[] };
  influx: ReturnType<ApiDeps['status']>['influx'] = { ...NO_SINK, state: 'ok', pendingPoints: 3 };
  /** What the next command is answered, when not simply obeyed. */
  answerCommand: ((plug: string, power: 'on' | 'off') => CommandResult) | null = null;
  commands: { plug: string; power: 'on' | 'off'; by: string }[] = [];
  /** Thrown by the next call of `emissions`. */
  failure: Error | null = null;
  readonly clock: Clock;
  readonly outcomes = new FakeOutcomes(() => this.nowMs());
  readonly listeners = new Set<() => void>();

  constructor(clock: Clock = new FakeClock()) {
    this.clock = clock;
    this.intensity = this.#intensityAt(clock.nowMs());
    for (const one of this.plugs) if (one.online) one.atMs = clock.nowMs() - 2000;
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  nowMs = (): number => this.clock.nowMs();
  after = (delayMs: number, run: () => void): (() => void) => this.clock.after(delayMs, run);
  ready = () => this.readiness;

  status = (): ReturnType<ApiDeps['status']> => {
    const known = this.plugs.filter((one) => one.watts !== null);
    const watts = known.reduce((sum, one) => sum + (one.watts ?? 0), 0);
    return {
      phase: this.current?.phase ?? 'standby',
      onAir: this.current?.phase === 'live',
      watts,
      wattsFrom: { plugs: known.length, of: this.plugs.length },
      gramsPerHour: this.intensity && gramsPerHour(watts, this.intensity),
      intensity: this.intensity,
      session: this.current,
      sources: this.sources,
      nextPlanned: null,
      plugs: this.plugs,
      influx: this.influx,
      dryRun: this.dryRun,
      hold: this.held,
      problems: this.problems,
      alarms: this.outcomes.openAlarms(),
    };
  };

  /** A slow wave around the present watts, one value per bucket. */
  history: ApiDeps['history'] = async (id, fromMs, toMs, stepMs) => {
    const base = this.plugs.find((one) => one.id === id)?.watts ?? null;
    if (base === null) return [];
    const count = Math.floor((toMs - fromMs) / stepMs);
    return Array.from({ length: count }, (_, i) => {
      const meanWatts = base * (1 + 0.12 * Math.sin(i / 7 + base));
      return { startMs: fromMs + i * stepMs, meanWatts, maxWatts: meanWatts * 1.05, readings: 2 };
    });
  };

  sessions = async () => [...(this.current ? [this.current] : []), ...this.past];
  session = async (id: string) => (await this.sessions()).find((one) => one.id === id) ?? null;

  startSession: ApiDeps['startSession'] = async ({ title, phase, by }) => {
    if (this.current) throw new SessionConflict(`session ${this.current.id} is running: end it first`);
    const record = sessions.startSession({ id: '2026-11-24-1', title, phase, by, atMs: this.nowMs() });
    return this.#keep(record);
  };
  setPhase = async (phase: SessionPhase, by: string) =>
    this.#keep(sessions.changePhase(this.#running(), phase, this.nowMs(), by));
  setAudience = async (viewers: number) => this.#keep(sessions.addAudience(this.#running(), viewers, this.nowMs()));
  endSession = async (by: string, meant?: string | null) => {
    if (meant !== undefined && meant !== (this.current?.id ?? null))
      throw new SessionConflict('another session than the one that was meant runs, or none: nothing was ended');
    const ended = this.#keep(sessions.endSession(this.#running(), by, this.nowMs()));
    this.past = [ended, ...this.past];
    this.current = null;
    this.changed();
    return ended;
  };

  rtmpCalls: [stream: string, published: boolean][] = [];
  rtmpCalled = (stream: string, published: boolean) => {
    this.rtmpCalls.push([stream, published]);
  };

  command: ApiDeps['command'] = async (id, power, by) => {
    const target = this.plugs.find((one) => one.id === id);
    if (!target) return null;
    if (target.essential) return { accepted: false, reasons: [reason('essential-refused')] };
    const answer = this.answerCommand?.(id, power);
    if (answer) return answer;
    this.commands.push({ plug: id, power, by });
    if (!this.dryRun) Object.assign(target, { relay: power === 'on', overriddenBy: by });
    this.changed();
    return { accepted: true, commandId: `c-${this.commands.length}`, dryRun: this.dryRun };
  };

  releaseOverride = async (id: string) => {
    const target = this.plugs.find((one) => one.id === id);
    if (target) target.overriddenBy = null;
    this.changed();
    return target !== undefined;
  };
  hold = async (untilMs: number | null, by: string) => {
    this.held = untilMs === null ? null : { untilMs, by };
    this.changed();
    return this.held;
  };
  cutNowOffer = () => ({
    confirm: 'a-token',
    expiresAtMs: this.nowMs() + 60_000,
    plugs: this.preview().filter(({ action }) => action !== 'never'),
  });
  cutNows: { plugs: readonly string[] | null; by: string }[] = [];
  cutNow: ApiDeps['cutNow'] = async (confirm, plugs, by) => {
    if (confirm !== 'a-token') return [reason('confirm-lapsed')];
    if (this.current) return [reason('session-runs')];
    this.cutNows.push({ plugs, by });
    return [];
  };

  emissions: ApiDeps['emissions'] = async () => {
    if (this.failure) throw this.failure;
    return [{ key: 'key-light', footprint: footprintOf(120) }];
  };
  lastGoodIntensity = () => this.intensity;
  onsite: ApiDeps['onsite'] = ({ solarWatts, gridWatts, batteryWatts }) => ({
    loadWatts: solarWatts + gridWatts + batteryWatts,
    solarWatts,
  });
  intensities = async (_fromMs: number, toMs: number) => [
    this.#intensityAt(toMs - QUARTER_MS),
    this.#intensityAt(toMs),
  ];
  switchLog = async (limit: number) => this.log.slice(0, limit);
  deadLetters = async (limit: number) => this.dead.slice(0, limit);

  readonly #known: ReportDeps = {
    studio: this.studio.name,
    demo: false,
    history: (plug, fromMs, toMs, stepMs) => this.history(plug, fromMs, toMs, stepMs),
    pricingKnownAt: async () => (startMs) => this.#intensityAt(startMs),
    country: this.studio.country,
    timeZone: this.studio.timeZone,
    footprint: {
      ...{ network: 'per-gb', replayDays: 365, hoursPerWeek: 10, allocation: 'use-hours' },
      hardware: [{ item: 'desktop', count: 1 }],
    },
    plugs: this.plugs,
    tariff: { euroPerKwh: 0.2 },
    cutting: false,
    session: async (id) => this.session(id),
    slices: async (fromMs, toMs) => this.slices.filter(({ startMs }) => startMs >= fromMs && startMs < toMs),
    nowMs: () => this.nowMs(),
    sessions: async (limit) => (await this.sessions()).slice(0, limit),
    sessionSlices: async (id) => this.slices.filter(({ sessionId }) => sessionId === id),
    pricingOf: async () => (startMs) => this.#intensityAt(startMs),
    forecast: async () => this.forecast,
    marginal: async (fromMs, toMs) => this.marginal?.(fromMs, toMs) ?? null,
  };
  insight = insightOf(this.#known);
  report: ApiDeps['report'] = (id) => reportContent(this.#known, id);
  readonly #renderer = new Renderer((delayMs, run) => this.after(delayMs, run));
  draw: ApiDeps['draw'] = (content, drawing) => this.#renderer.draw(content, drawing);

  preview = () =>
    this.plugs.map(({ id, essential, watts }): PreviewEntry => {
      const entry = (action: PreviewEntry['action'], why: Reason, dueAtMs: number | null = null) => ({
        plug: id,
        action,
        reasons: [why],
        dueAtMs,
        ifEndedNow: this.current ? { action, reasons: [why], dueAtMs } : null,
      });
      if (essential) return entry('never', reason('essential'));
      if (this.current) return entry('none', reason('nothing-to-restore'));
      if (watts === null) return entry('hold', reason('no-fresh-reading'));
      if (watts > 100) return entry('hold', reason('in-use', { watts, idleWatts: 8 }));
      return entry('hold', reason('grace'), this.nowMs() + 240_000);
    });

  discovered = () => this.unconfigured;
  /** What `configDesk` answers; tests change its fields. */
  configuration: ConfigView = {
    file: '/etc/offair/studio.yaml',
    sections: [{ name: 'studio', yaml: 'studio:\n  id: atelier\n' }],
    secrets: [{ name: 'tapo_password', set: true }],
    onDisk: 'same',
    problems: [],
    families: [
      { adapter: 'tapo', label: 'Tapo', needsMqtt: false, byHand: { key: 'host', looksLike: '192.168.1.50' } },
      { adapter: 'tasmota', label: 'Tasmota', needsMqtt: true, byHand: { key: 'topic', looksLike: 'tasmota_1A2B3C' } },
      { adapter: 'esphome', label: 'ESPHome', needsMqtt: true, byHand: null },
    ],
  };
  inNetwork: DiscoveredView[] = [];
  configDesk: ApiDeps['configDesk'] = {
    view: () => this.configuration,
    check: (text) =>
      text.includes('plugs:')
        ? []
        : [{ path: 'plugs', line: null, found: 'nothing', expected: 'an array', hint: null }],
    search: async () => this.inNetwork,
    reload: () => ({
      outcome: 'applying',
      problems: [],
      changes: [{ path: 'plugs.camera.name', kind: 'changed', needsRestart: false }],
    }),
  };
  level: ReturnType<ApiDeps['logLevel']['get']> = 'info';
  logLevel: ApiDeps['logLevel'] = {
    get: () => this.level,
    set: (level) => {
      this.level = level;
    },
  };
  metrics = () => [];

  #revision = 0;
  /** Tests change the studio behind its back. */
  revision = (): number => this.#revision++;

  onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  findToken: ApiDeps['findToken'] = async (token) => {
    if (token === READ_TOKEN) return { scope: 'read', label: 'wall panel' };
    if (token === ADMIN_TOKEN) return { scope: 'admin', label: 'technician' };
    if (token === OVERLAY_TOKEN) return { scope: 'overlay', label: 'overlay' };
    return token === CONTROL_TOKEN ? { scope: 'control', label: 'stream deck' } : null;
  };

  #running(): SessionView {
    if (!this.current) throw new SessionConflict('no session is running: start one first');
    return this.current;
  }

  #keep(record: SessionRecord): SessionView {
    const revisedByGrams = record.endedAtMs === null ? null : 0.4;
    const view = {
      ...record,
      phase: sessions.phaseOf(record),
      footprint: footprintOf(84.2),
      revisedByGrams,
      market: null,
    };
    this.current = view;
    this.changed();
    return view;
  }

  #intensityAt(atMs: number): IntensityPoint {
    const startMs = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
    return {
      zone: 'FR',
      startMs,
      endMs: startMs + QUARTER_MS,
      gramsPerKwh: 32.4,
      factorType: 'lifecycle',
      basis: 'consumption',
      status: 'estimated',
      provider: 'rte-odre',
      fetchedAtMs: atMs - 60_000,
    };
  }
}

export function plug(given: Partial<PlugView> & Pick<PlugView, 'id'>): PlugView {
  return {
    name: given.id,
    kind: 'other',
    essential: false,
    idleWatts: null,
    quietSeconds: 120,
    minOnSeconds: 60,
    minOffSeconds: 60,
    maxWatts: 3680,
    staleAfterMs: 60_000,
    adapter: 'tapo',
    about: null,
    watts: 0,
    relay: true,
    online: true,
    atMs: 0,
    flags: [],
    problem: null,
    overriddenBy: null,
    todayWh: 412.5,
    ...given,
  };
}

function footprintOf(wh: number): Footprint {
  return {
    wh,
    grams: wh * 0.0324,
    coverage: 0.98,
    counterWh: wh,
    integratedWh: 0,
    gapWh: 0,
    unpricedWh: 0,
    origins: [{ provider: 'rte-odre', factorType: 'lifecycle', status: 'estimated', wh }],
  };
}
