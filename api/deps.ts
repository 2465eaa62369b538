/** What the API needs of the daemon. Everything is UTC ms here; the API turns it into ISO-8601. */
import type { Alarm } from '../model/alarms.ts';
import type { CodedText } from '../model/coded-text.ts';
import type { Footprint } from '../model/emissions.ts';
import type { IntensityPoint } from '../model/intensity.ts';
import type { Market } from '../model/market.ts';
import type { OnsiteSample } from '../model/onsite.ts';
import type { PlugSpec } from '../model/plug.ts';
import type { Action } from '../model/policy.ts';
import type { Reason } from '../model/policy-reasons.ts';
import type {
  DeadLetter,
  DeviceAbout,
  HistoryBucket,
  Phase,
  PointSinkStatus,
  SessionPhase,
  SessionRecord,
  SwitchRecord,
  TokenScope,
} from '../model/ports.ts';
import type { PlugTrouble, StudioProblem } from '../model/problems.ts';
import type { Report } from '../model/report.ts';
import type { NextPlanned } from '../model/signals.ts';
import type { Insight } from './insight.ts';
import type { Outcomes } from './outcomes.ts';
import type { Drawing } from './report/renderer.ts';

export interface PlugView extends PlugSpec {
  adapter: string;
  /** Model and firmware as the device says; null when it said nothing. */
  about: DeviceAbout | null;
  /** null when not known or too old to be true. */
  watts: number | null;
  relay: boolean | null;
  /** A fresh reading exists. */
  online: boolean;
  /** Time of the last reading, UTC ms; null before the first. */
  atMs: number | null;
  flags: string[];
  /** What is wrong with it and what to do, or null. */
  problem: PlugTrouble | null;
  /** A person switched it; the policy leaves it alone until the next change of phase. */
  overriddenBy: string | null;
  /** Energy since local midnight, Wh. */
  todayWh: number;
}

export type { Footprint };

export interface SessionView extends SessionRecord {
  phase: Phase;
  footprint: Footprint;
  /** What providers have changed since it ended, g: of the same energy. null while it runs. */
  revisedByGrams: number | null;
  /** Beside the footprint, never instead; null without a contract and a roof. */
  market: Market | null;
}

/** One source of the session signal. */
export interface SourceView {
  name: string;
  /** A witness sees whether the studio is on air; a plan says when it is to be; a hint suspects it. */
  role: 'witness' | 'plan' | 'hint';
  /** As long as it is lost, nothing is cut. */
  trusted: boolean;
  says: 'on' | 'off' | 'unknown';
  /** What it sees, or why it sees nothing and what to do. */
  detail: CodedText;
  /** What else one should know of it. */
  remarks: readonly CodedText[];
  /** Since when it says so, UTC ms; null before its first word. */
  sinceMs: number | null;
  /** When it last knew, UTC ms; null when it never did. */
  heardAtMs: number | null;
}

export interface StatusView {
  phase: Phase;
  onAir: boolean;
  /** Sum of the plugs with a fresh reading, and how many of them there are. */
  watts: number;
  wattsFrom: { plugs: number; of: number };
  gramsPerHour: number | null;
  intensity: IntensityPoint | null;
  session: SessionView | null;
  sources: SourceView[];
  /** The planned live that begins next; null: none is planned. */
  nextPlanned: NextPlanned | null;
  plugs: PlugView[];
  influx: PointSinkStatus;
  dryRun: boolean;
  /** What a technician should look at now. */
  problems: StudioProblem[];
  /** Those that are open. */
  alarms: readonly Alarm[];
  /** A person keeps everything on; null: nobody does. */
  hold: HoldView | null;
}

/** Nothing is cut until then. */
export interface HoldView {
  untilMs: number;
  by: string;
}

export interface IntentView {
  /** `cut`, `shut-down` or `restore` would be sent; `hold` with the reasons; `never` for an essential plug. */
  action: Action;
  reasons: Reason[];
  /** When the next action is due if nothing changes, UTC ms. */
  dueAtMs: number | null;
}

export interface PreviewEntry extends IntentView {
  plug: string;
  /** What would come of it if the session ended now; null when none runs. */
  ifEndedNow: IntentView | null;
}

/** What would be cut without the grace period, and the token with which a person confirms it. */
export interface CutNowOffer {
  confirm: string;
  /** UTC ms; the token is used once. */
  expiresAtMs: number;
  plugs: (Pick<IntentView, 'action' | 'reasons'> & { plug: string })[];
}

export type EmissionGroup = 'plug' | 'kind' | 'session' | 'hour' | 'day';

export type CommandResult =
  | { accepted: true; commandId: string; dryRun: boolean }
  /** Against an invariant: the reasons say which. */
  | { accepted: false; reasons: Reason[] };

/** A device that was found and is not in the configuration, or not with all its outlets. */
export interface DiscoveredView {
  adapter: string;
  model: string;
  firmware: string | null;
  /** 12 upper-case hex digits; 16 on Zigbee. */
  mac: string | null;
  /** In the network or on the broker. */
  address: string;
  name: string | null;
  /** What stands in the way of using it, with the remedy. */
  obstacle: string | null;
  /** The lines for `plugs:` of `studio.yaml`; null when it can not be used. */
  yaml: string | null;
}

/** One thing wrong with a configuration: where, what stands there, what should, and what was perhaps meant. */
export interface ConfigTrouble {
  path: string;
  /** From 1; null when it can't be told. */
  line: number | null;
  found: string;
  expected: string;
  hint: string | null;
}

export interface ConfigView {
  /** Of the studio.yaml; null in the demo, which has none. */
  file: string | null;
  /** By top-level key, as YAML with every default, without secrets. */
  sections: { name: string; yaml: string }[];
  secrets: { name: string; set: boolean }[];
  /** Whether the file is still what the daemon started with. */
  onDisk: 'same' | 'changed' | 'wrong' | 'none';
  /** What is wrong with the file as it is now. */
  problems: ConfigTrouble[];
  families: FamilyView[];
}

/** A family of plugs that a configuration may name. */
export interface FamilyView {
  adapter: string;
  /** What people call it. */
  label: string;
  needsMqtt: boolean;
  /** The one key that finds a plug, and what it may look like; null where a plug needs more. */
  byHand: { key: string; looksLike: string } | null;
}

/** What reading the configuration anew has come to. */
export interface ReloadView {
  /**
   * `applying`: it is taken within seconds. `wrong`: all stays as it is. `restart-needed`: nothing that differs can be taken
   * while the daemon runs. `none`: the demo has no file. `busy`: the daemon is only starting.
   */
  outcome: 'applying' | 'unchanged' | 'wrong' | 'restart-needed' | 'none' | 'busy';
  problems: ConfigTrouble[];
  changes: { path: string; kind: 'added' | 'removed' | 'changed'; needsRestart: boolean }[];
}

/** Shows and checks configurations. */
export interface ConfigDesk {
  view(): ConfigView;
  /** What is wrong with the text of a studio.yaml: empty when it could be used. */
  check(text: string): ConfigTrouble[];
  /** Every plug that answers in the network within some seconds, configured or not. */
  search(): Promise<DiscoveredView[]>;
  /** Reads studio.yaml and the secrets anew, and takes them when they are right. */
  reload(): ReloadView;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** From which level on the daemon logs. */
export interface LogLevelSwitch {
  get(): LogLevel;
  set(level: LogLevel): void;
}

/** What a part of the daemon counts, for `/metrics`: `offair_<name>`. Labels are bounded; null is "not known". */
export interface MetricFamily {
  /** With its unit, and `_total` for a counter. */
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  samples: [labels: Record<string, string>, value: number | null][];
}

export interface ApiDeps {
  version: string;
  studio: { id: string; name: string; country: string; timeZone: string };
  demo: boolean;
  /** Where the server may be reached: `Host` headers that are answered (`127.0.0.1:8787`, `localhost:8787`, …). */
  allowedHosts: readonly string[];
  /** true when the server listens beyond loopback: then every command needs a token. */
  tokenRequired: boolean;
  nowMs(): number;
  /** Calls `run` once after `delayMs`; returns the way to cancel. */
  after(delayMs: number, run: () => void): () => void;
  status(): StatusView;
  /** true once configuration is loaded, the journal is writable and every plug was asked once. */
  ready(): { ready: boolean; because: string[] };
  history(plug: string, fromMs: number, toMs: number, stepMs: number): Promise<HistoryBucket[]>;
  sessions(): Promise<SessionView[]>;
  session(id: string): Promise<SessionView | null>;
  /** @throws SessionConflict when one is running already */
  startSession(input: { title: string | null; phase: SessionPhase; by: string }): Promise<SessionView>;
  /** @throws SessionConflict when none is running */
  setPhase(phase: SessionPhase, by: string): Promise<SessionView>;
  setAudience(viewers: number): Promise<SessionView>;
  endSession(by: string, meant?: string | null): Promise<SessionView>;
  /** An RTMP server says that a stream (application/name) is published, or no more. */
  rtmpCalled(stream: string, published: boolean): void;
  /** null when there is no such plug. */
  command(plug: string, power: 'on' | 'off', by: string): Promise<CommandResult | null>;
  /** Gives a plug that was switched by hand back to the policy; false when there is no such plug. */
  releaseOverride(plug: string): Promise<boolean>;
  /** Keeps everything on until then; null: no longer. */
  hold(untilMs: number | null, by: string): Promise<HoldView | null>;
  cutNowOffer(): CutNowOffer;
  /**
   * Why it was refused; empty when it was not.
   * @param plugs of the offered ones; null: all of them
   */
  cutNow(confirm: string, plugs: readonly string[] | null, by: string): Promise<Reason[]>;
  emissions(fromMs: number, toMs: number, groupBy: EmissionGroup): Promise<{ key: string; footprint: Footprint }[]>;
  intensities(fromMs: number, toMs: number): Promise<IntensityPoint[]>;
  /** The newest value that a provider gave, however old. */
  lastGoodIntensity(): IntensityPoint | null;
  /** Takes what flows at the studio's connection now; answers what it makes of it. */
  onsite(sample: OnsiteSample): { loadWatts: number; solarWatts: number };
  /** What is worked out of all that: forecasts, whole lives, scores, advice. */
  insight: Insight;
  /** What came of the switching and what went wrong. */
  outcomes: Outcomes;
  /** What the report of a session says; null when there is no such session. */
  report(sessionId: string): Promise<Report | null>;
  /** An image or a document of it. @throws RendererBusy */
  draw(report: Report, drawing: Drawing): Promise<Uint8Array>;
  discovered(): DiscoveredView[];
  configDesk: ConfigDesk;
  logLevel: LogLevelSwitch;
  preview(): PreviewEntry[];
  switchLog(limit: number): Promise<SwitchRecord[]>;
  /** The last points that InfluxDB will never take, newest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** What the parts of the daemon count, beside what the status says. */
  metrics(): MetricFamily[];
  /** Calls `listener` after every change of the live state, at most a few times a second. */
  onChange(listener: () => void): () => void;
  /** Another number after each of those changes. */
  revision(): number;
  /** What a token may do and what it is called, or null when it is unknown. Compares hashes in constant time. */
  findToken(token: string): Promise<{ scope: TokenScope; label: string } | null>;
}

/** The session is not in the state that the request needs. */
export class SessionConflict extends Error {
  override name = 'SessionConflict';
}
