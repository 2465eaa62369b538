import type { Logger } from 'pino';
import { type Health, healthLine, sessionTotalLine } from '../adapters/influx/line-protocol.ts';
import type { ApiDeps } from '../api/deps.ts';
import type { Clock } from '../model/clock.ts';
import { onAirSpans } from '../model/lives.ts';
import type { Journal, SessionRecord } from '../model/ports.ts';

const EVERY_MS = 60_000;
/** Providers restate for a day: so long what a session came to is looked at again, once an hour. */
const RESTATED_MS = 25 * 3_600_000;
const LOOK_AGAIN_MS = 3_600_000;
/** More sessions than end in such a time. */
const SESSIONS = 50;

export interface OwnPointsDeps {
  clock: Clock;
  log: Logger;
  studio: string;
  journal: Pick<Journal, 'sessions'>;
  api: Pick<ApiDeps, 'session' | 'insight'>;
  health(): Health;
  /** When a point is said that may be said again, UTC ms; null where points are overwritten. */
  saidAtMs(): number | null;
  line(line: string | null): void;
}

/** Once a minute, for dashboards: how offair is, and what each session that is over came to. */
export class OwnPoints {
  readonly #deps: OwnPointsDeps;
  /** Of the sessions of the last day: what was said, and when it was looked at, monotonic ms. */
  readonly #said = new Map<string, { content: string; atMs: number }>();
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
    line(healthLine(health(), studio, clock.nowMs()));
    try {
      const sinceMs = clock.nowMs() - RESTATED_MS;
      const over = (await journal.sessions(SESSIONS)).filter(({ endedAtMs }) => (endedAtMs ?? 0) > sinceMs);
      for (const id of this.#said.keys()) if (!over.some((session) => session.id === id)) this.#said.delete(id);
      for (const session of over) await this.#total(session);
    } catch (error) {
      log.warn(`what a session came to could not be written, it is tried again: ${(error as Error).message}`);
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
    const content = sessionTotalLine(total, studio) ?? '';
    if (content !== before?.content) line(sessionTotalLine(total, studio, saidAtMs()));
    this.#said.set(session.id, { content, atMs: clock.monotonicMs() });
  }
}
