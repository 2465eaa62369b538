import type { Logger } from 'pino';
import { type Health, healthLine, savingLine, sessionTotalLine } from '../adapters/influx/line-protocol.ts';
import type { ApiDeps, StatusView } from '../api/deps.ts';
import type { Clock } from '../model/clock.ts';
import { onAirSpans } from '../model/lives.ts';
import { localMidnight } from '../model/local-day.ts';
import type { Journal, SessionRecord } from '../model/ports.ts';

const EVERY_MS = 60_000;
/** Providers restate for a day: so long what a session came to is looked at again, once an hour. */
const RESTATED_MS = 25 * 3_600_000;
const LOOK_AGAIN_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Savings of today grow, and those of yesterday are restated. */
const SAVINGS_EVERY_MS = 15 * 60_000;
/** More sessions than end in such a time. */
const SESSIONS = 50;

interface OwnPointsDeps {
  clock: Clock;
  log: Logger;
  studio: { id: string; timeZone: string };
  journal: Pick<Journal, 'sessions'>;
  api: Pick<ApiDeps, 'session' | 'insight' | 'outcomes'>;
  health(): Health;
  /** When a point is said that may be said again, UTC ms; null where points are overwritten. */
  saidAtMs(): number | null;
  line(line: string | null): void;
}

/** @param known whether it is known if a session runs */
export function healthOf(
  status: StatusView,
  known: boolean,
  own: Pick<Health, 'version' | 'uptimeSeconds' | 'residentMegabytes' | 'readings' | 'readingsDropped'>,
): Health {
  const { plugs, problems, alarms, dryRun, watts, wattsFrom, influx } = status;
  const { pendingPoints, quarantinedPoints, droppedPoints } = influx;
  return {
    ...own,
    ...{ phase: known ? status.phase : 'unknown', onAir: known ? status.onAir : null, dryRun },
    watts: wattsFrom.plugs > 0 ? watts : null,
    ...{ plugs: plugs.length, plugsOnline: plugs.filter(({ online }) => online).length },
    ...{ problems: problems.length, alarms: alarms.length },
    ...{ pendingPoints, quarantinedPoints, droppedPoints },
  };
}

/** For dashboards: how offair is, what each session that is over came to, what cutting saved. */
export class OwnPoints {
  readonly #deps: OwnPointsDeps;
  /** Of the sessions of the last day: what was said, and when it was looked at, monotonic ms. */
  readonly #said = new Map<string, { content: string; atMs: number }>();
  #savings: { saidAtMs: number; lines: ReadonlySet<string> } | null = null;
  #cancel = () => {};
  #round: Promise<void> = Promise.resolve();

  constructor(deps: OwnPointsDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#cancel = this.#deps.clock.after(EVERY_MS, () => {
      this.#round = this.#say().finally(() => this.start());
    });
  }

  async stop(): Promise<void> {
    await this.#round;
    this.#cancel();
  }

  async #say(): Promise<void> {
    const { clock, log, studio, line, health, journal } = this.#deps;
    line(healthLine(health(), studio.id, clock.nowMs()));
    try {
      const sinceMs = clock.nowMs() - RESTATED_MS;
      const over = (await journal.sessions(SESSIONS)).filter(({ endedAtMs }) => (endedAtMs ?? 0) > sinceMs);
      for (const id of this.#said.keys()) if (!over.some((session) => session.id === id)) this.#said.delete(id);
      for (const session of over) await this.#total(session);
      await this.#saved();
    } catch (error) {
      log.warn(
        { event: 'own-points-unwritten' },
        `what sessions came to and cuts saved could not be written, it is tried again: ${(error as Error).message}`,
      );
    }
  }

  async #total(session: SessionRecord): Promise<void> {
    const { clock, api, studio, line, saidAtMs } = this.#deps;
    const before = this.#said.get(session.id);
    if (before && clock.monotonicMs() - before.atMs < LOOK_AGAIN_MS) return;
    const view = await api.session(session.id);
    if (!view || session.endedAtMs === null) return;
    const { startedAtMs, endedAtMs } = session;
    const score = (await api.insight.score(session.id))?.score;
    const onAirMs = onAirSpans(session, endedAtMs).reduce((sum, span) => sum + span.endMs - span.startMs, 0);
    const total = {
      session,
      minutes: (endedAtMs - startedAtMs) / 60_000,
      onAirMinutes: onAirMs / 60_000,
      footprint: view.footprint,
      letter: score?.overall ?? score?.energy ?? null,
    };
    const content = sessionTotalLine(total, studio.id) ?? '';
    if (content !== before?.content) line(sessionTotalLine(total, studio.id, saidAtMs()));
    this.#said.set(session.id, { content, atMs: clock.monotonicMs() });
  }
  async #saved(): Promise<void> {
    const { clock, api, studio, line, saidAtMs } = this.#deps;
    if (this.#savings && clock.monotonicMs() - this.#savings.saidAtMs < SAVINGS_EVERY_MS) return;
    const today = localMidnight(clock.nowMs(), studio.timeZone);
    const yesterday = localMidnight(today - DAY_MS / 2, studio.timeZone);
    const lines = new Set<string>();
    for (const [fromMs, toMs] of [
      [yesterday, today],
      [today, clock.nowMs()],
    ] as const) {
      const { groups } = await api.outcomes.savings(fromMs, toMs, 'plug');
      for (const { key: plug, saved } of groups.filter(({ saved }) => saved.offMs > 0)) {
        const tags = { plug, studio: studio.id };
        const content = savingLine(tags, fromMs, saved) ?? '';
        if (!this.#savings?.lines.has(content)) line(savingLine(tags, fromMs, saved, saidAtMs()));
        lines.add(content);
      }
    }
    this.#savings = { saidAtMs: clock.monotonicMs(), lines };
  }
}
