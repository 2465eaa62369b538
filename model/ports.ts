/** The small interfaces by which the daemon talks to the outside: adapters implement them, nothing here runs. */
import type { Alarm } from './alarms.ts';
import type { EnergySlice } from './energy.ts';
import type { IntensityPoint, MarginalPoint } from './intensity.ts';
import type { PlugId } from './plug.ts';
import type { Reason } from './policy-reasons.ts';
import type { Reading } from './reading.ts';
import type { Cut } from './savings.ts';

/** Switches one outlet. */
export interface Relay {
  /**
   * Sends one command and resolves when the plug itself acknowledged it (an acknowledgement is not a verification:
   * the caller reads back). Never queues: rejects at once when the plug can't be reached.
   * @param expiresAtMonotonicMs a command not yet sent at this moment is dropped with `CommandExpired`
   * @param stillWanted asked again right before it is sent by an adapter where a command may have to wait (for a slow
   *   answer to a poll, a login): a live may begin meanwhile. false: it is dropped in the same way
   * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError, CommandExpired
   */
  switchTo(on: boolean, expiresAtMonotonicMs: number, stillWanted?: () => boolean): Promise<void>;
  /** Asks the device who it is: its MAC, 12 upper-case hex digits without separators; 16 on Zigbee. */
  identity(): Promise<string>;
}

/** Model and firmware, in the device's own words. */
export interface DeviceAbout {
  model: string;
  firmware: string;
}

/** One configured plug, as the daemon sees it. Constructors do nothing; `start` may talk to the network. */
export interface PlugDevice {
  readonly plug: PlugId;
  /** Name of the adapter: `tapo`, `shelly`. */
  readonly adapter: string;
  /** How often the daemon calls `read`, ms; the adapter's own floor applies. A silence above max(3 × this, 60 s) is a gap. */
  readonly pollMs: number;
  /** null for a plug that only measures. */
  readonly relay: Relay | null;
  /** MAC the configuration promises (12 upper-case hex; 16 on Zigbee), or null when none was configured. */
  readonly expectedMac: string | null;
  /** Subscribes to what the plug pushes. A plug that is only polled resolves at once. */
  start(sink: PlugSink): Promise<void>;
  stop(): Promise<void>;
  /** What the device has said it is; null before it did. Absent where nothing tells. */
  about?(): DeviceAbout | null;
  /**
   * A fresh reading, asked from the plug now.
   * @throws PlugUnreachable (try again later), PlugAuthRefused (never by itself), PlugProtocolError (it answered garbage)
   */
  read(): Promise<Reading>;
  /**
   * What the plug's own counter showed while nobody asked it, from the history that the plug keeps: oldest first, with
   * a sample on both sides of each reset. Empty when the plug keeps none or has forgotten.
   * @throws like `read`
   */
  history?(fromMs: number, toMs: number): Promise<CounterSample[]>;
  /**
   * What a technician asks of the device itself, asked now; nothing is set.
   * @throws like `read`
   */
  checkUp?(): Promise<CheckUp>;
}

/** What a device says of itself. What is set against offair in it, the adapter tells as `PlugSink.trouble`. */
export interface CheckUp {
  model: string | null;
  firmware: string | null;
  /** What the outlet does when power comes back; null when the device does not say, or its adapter tells it as trouble. */
  powerOn: 'on' | 'off' | 'last' | null;
  /** By how much its clock is ahead of ours, ms; null when it has none, or nobody has set it. */
  clockAheadMs: number | null;
}

/** The counter of a plug (as in `Reading.counterWh`) at a moment of the past. */
export interface CounterSample {
  /** UTC ms. */
  atMs: number;
  counterWh: number;
}

export interface PlugSink {
  reading(reading: Reading): void;
  /** The plug said (last will) or showed (silence) that it is gone. */
  offline(plug: PlugId, why: string): void;
  /** Something a technician should see: a refused payload, a retained command, a device that is not the configured one. */
  trouble(plug: PlugId, what: string): void;
}

/** A provider of grid carbon intensity. */
export interface IntensitySource {
  /** `rte-odre`, `static`, … */
  readonly provider: string;
  /**
   * Points that overlap [fromMs, toMs), oldest first; an empty list when the provider has none.
   * @throws IntensityUnavailable with the reason
   */
  fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]>;
  /**
   * What the provider expects for [fromMs, toMs), oldest first; as far as it looks ahead, which may be shorter. For
   * planning only: a forecast never prices energy that was measured.
   * @throws like `fetch`
   */
  forecast?(fromMs: number, toMs: number, signal?: AbortSignal): Promise<IntensityPoint[]>;
}

/** A provider of marginal intensity: see `MarginalPoint`. */
export interface MarginalSource {
  readonly provider: string;
  /** What was, of [fromMs, toMs), oldest first. @throws IntensityUnavailable with the reason */
  fetch(fromMs: number, toMs: number, signal?: AbortSignal): Promise<MarginalPoint[]>;
  /** What is expected; it may end before `toMs`. @throws like `fetch` */
  forecast(fromMs: number, toMs: number, signal?: AbortSignal): Promise<MarginalPoint[]>;
}

/** A row of the outbox: one serialised line, replayed byte-identical until the server took it. */
export interface OutboxLine {
  seq: number;
  line: string;
}

/** A line that the server will never take, with its reason. */
export interface DeadLetter extends OutboxLine {
  reason: string;
  /** When it was set aside, UTC ms. */
  atMs: number;
}

/** Lines of the outbox: enqueued = delivered + pending + quarantined + dropped, always. */
export interface OutboxAccounts {
  enqueued: number;
  /** The server has them. */
  delivered: number;
  pending: number;
  /** The server will never take them; kept aside. */
  quarantined: number;
  /** Given up: for want of room, or quarantined and then forgotten. */
  dropped: number;
  /** Of the dropped, those that had been quarantined. */
  forgotten: number;
}

/** A session as it is kept. */
export interface SessionRecord {
  id: string;
  title: string | null;
  startedAtMs: number;
  endedAtMs: number | null;
  /** Every change of phase, oldest first, and who or what changed it; earlier versions did not note that. */
  phases: { phase: SessionPhase; atMs: number; by?: string }[];
  /** What was said of the audience, oldest first. */
  audience: { atMs: number; viewers: number }[];
  /** Who or what started it: `api`, `demo`, … */
  startedBy: string;
  endedBy: string | null;
  /** What the encoder sent in it; absent when no source counts it. */
  stream?: StreamTotals;
}
/** What an encoder's output has counted. */
export interface StreamTotals {
  /** Bytes that were really sent. */
  sentBytes: number;
  totalFrames: number;
  /** Of the total, those that never went out. */
  droppedFrames: number;
}
export const SESSION_PHASES = ['setup', 'rehearsal', 'live', 'wrap'] as const;
export type SessionPhase = (typeof SESSION_PHASES)[number];
export type Phase = SessionPhase | 'standby';

/** A row of the switching log. Append-only. */
export interface SwitchRecord {
  commandId: string;
  atMs: number;
  plug: PlugId;
  /** `shut-down`: its load was told to shut down before it is cut; nothing was switched. */
  to: 'on' | 'off' | 'shut-down';
  /** `policy`, `api`, … */
  by: string;
  /** In one English sentence. */
  reason: string;
  /** The same by code and data; empty in rows of earlier versions. */
  reasons: Reason[];
  /** Of the policy's own: who or what changed the phase that it follows from. */
  source: string | null;
  /** What it drew when it was decided, W; null when not known. */
  wattsBefore: number | null;
  outcome: CommandOutcome | 'asked';
  /** How it was verified, or why not; words for a person. */
  detail: string;
  tookMs: number | null;
}
/** What became of a command. `asked`, beside these: a load was told to shut down; its watts will say whether it did. */
export const COMMAND_OUTCOMES = ['verified', 'failed', 'unknown', 'expired', 'refused', 'dry-run'] as const;
export type CommandOutcome = (typeof COMMAND_OUTCOMES)[number];

/**
 * Each may what those before it may. overlay: what the OBS overlay shows and nothing else, as its address lies about in scene
 * files. read: all that is told. control: the studio. admin: offair itself.
 */
export const TOKEN_SCOPES = ['overlay', 'read', 'control', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** An API token as it is kept: only the hash. */
export interface TokenRecord {
  id: string;
  label: string;
  scope: TokenScope;
  /** SHA-256 of the token, hex. */
  hash: string;
  createdAtMs: number;
  lastUsedAtMs: number | null;
}

/** One flush: written in one transaction. */
export interface JournalBatch {
  readings: Reading[];
  /** Increments: each is added to the row with the same plug, start, session and phase. */
  slices: EnergySlice[];
  intensities: IntensityPoint[];
  /** InfluxDB line protocol, each with its own ms timestamp, in order. */
  lines: string[];
  /** Named pieces of state (JSON) that must survive a restart. */
  state: Record<string, unknown>;
  /** The slices and the state of the meters account for every reading up to the last of this batch. */
  booked?: true;
}

/** Keeps everything, in SQLite, in a worker thread. Each method resolves when the transaction is on the disk. */
export interface Journal {
  /**
   * For the one daemon that works on it: opens or creates the file, migrates it, checks it; a corrupt file is set aside.
   * `exclusive: false`, for a command beside the daemon: takes the file as it is or fails.
   */
  open(options?: { exclusive?: boolean }): Promise<{ setAside: string | null }>;
  close(): Promise<void>;
  /**
   * A batch of nothing but readings and lines is safe from a crash of the process when this resolves, and from a power
   * cut with the next write of anything else.
   * @throws JournalFull when the disk or the byte limit is full: nothing of the batch was written
   */
  write(batch: JournalBatch): Promise<void>;
  /** Readings that came after the last batch that was booked, in the order they came; times to the ms. */
  unbooked(): Promise<Reading[]>;
  state(name: string): Promise<unknown>;
  /** Committed at once. The audience is added apart. */
  putSession(session: Omit<SessionRecord, 'audience'>): Promise<void>;
  addAudience(sessionId: string, said: SessionRecord['audience'][number]): Promise<void>;
  /** Newest first; of the audience only the peak and the latest. */
  sessions(limit: number): Promise<SessionRecord[]>;
  session(id: string): Promise<SessionRecord | null>;
  /** The newest session that has not ended, however the clock stood at its start. */
  runningSession(): Promise<SessionRecord | null>;
  addSwitch(record: SwitchRecord): Promise<void>;
  switches(limit: number): Promise<SwitchRecord[]>;
  /** Written again under its id when more is known of it. */
  putCut(cut: Cut): Promise<void>;
  /** Those that touch [fromMs, toMs), oldest first. One that has not ended goes on for ever. */
  cuts(fromMs: number, toMs: number): Promise<Cut[]>;
  /** Written again under its id when it changes. */
  putAlarm(alarm: Alarm): Promise<void>;
  /** The newest first; all that are open, and of the others those among the last `limit`. */
  alarms(limit: number): Promise<Alarm[]>;
  /**
   * Mean watts of one plug per step (bucket start, UTC ms), oldest first; a bucket without reading is absent.
   * A long period is read in pieces, so that writes are not held up.
   */
  history(plug: PlugId, fromMs: number, toMs: number, stepMs: number): Promise<HistoryBucket[]>;
  slices(fromMs: number, toMs: number): Promise<EnergySlice[]>;
  sessionSlices(sessionId: string): Promise<EnergySlice[]>;
  intensities(fromMs: number, toMs: number): Promise<IntensityPoint[]>;
  /** What was made on this basis of whole UTC days in [fromMs, toMs), of none that has changed since. */
  dayTotals(fromMs: number, toMs: number, basis: string): Promise<{ days: KeptDay[]; change: number }>;
  /** Keeps what was made of a day, unless the day has changed since `change` was told: then it is dropped. */
  putDayTotal(day: KeptDay, basis: string, change: number): Promise<void>;
  /** The same as they were known at that moment, before what was restated since. */
  intensitiesKnownAt(fromMs: number, toMs: number, atMs: number): Promise<IntensityPoint[]>;
  /** The oldest `limit` lines of the outbox, by seq. */
  outbox(limit: number): Promise<OutboxLine[]>;
  /** Lines with seq <= `upToSeq` are delivered. On the disk with the next write: after a crash some may be sent again. */
  acknowledge(upToSeq: number): Promise<void>;
  /** Moves lines that the server will never take out of the way, with its reason; they are kept for the technician. */
  quarantine(lines: OutboxLine[], reason: string): Promise<void>;
  /** The last `limit` lines that were quarantined, newest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** What became of all lines since the file was begun, at one moment. */
  accounts(): Promise<OutboxAccounts>;
  /** Readings of which only means by minute or quarter hour are left, or nothing, since the file was begun. */
  thinnedReadings(): Promise<number>;
  pendingLines(): Promise<number>;
  quarantinedLines(): Promise<number>;
  /** Lines given up for want of room, since the file was begun: the server never got them. */
  droppedLines(): Promise<number>;
  putToken(token: TokenRecord): Promise<void>;
  tokens(): Promise<TokenRecord[]>;
  /** Notes the last use; a token that is gone stays gone. */
  touchToken(id: string, atMs: number): Promise<void>;
  /** false when there is no such token. */
  deleteToken(id: string): Promise<boolean>;
}

/** What was made of a whole UTC day. */
export interface KeptDay {
  startMs: number;
  json: string;
}

export interface HistoryBucket {
  startMs: number;
  meanWatts: number;
  maxWatts: number;
  readings: number;
}

/** Delivers the journal's outbox to a time-series database. */
export interface PointSink {
  start(): Promise<void>;
  stop(): Promise<void>;
  status(): PointSinkStatus;
}
export interface PointSinkStatus {
  /** `off`: not configured. `waiting`: not reached yet or unreachable. `refused`: the server said no (rights, database). */
  state: 'off' | 'waiting' | 'ok' | 'refused';
  pendingPoints: number;
  /** Lines the server will never take, kept aside. */
  quarantinedPoints: number;
  /** Lines given up. */
  droppedPoints: number;
  /** Of the dropped, those that had been quarantined. */
  forgottenPoints: number;
  /** Since the journal's file was begun. Enqueued = delivered + pending + quarantined + dropped. */
  enqueuedPoints: number;
  deliveredPoints: number;
  lastDeliveryAtMs: number | null;
  /** What is wrong and what to do, or null. */
  problem: string | null;
}
/** Of a studio without a database. */
export const NO_SINK: PointSinkStatus = {
  ...{ state: 'off', problem: null, lastDeliveryAtMs: null },
  ...{ pendingPoints: 0, quarantinedPoints: 0, droppedPoints: 0, forgottenPoints: 0 },
  ...{ enqueuedPoints: 0, deliveredPoints: 0 },
};
