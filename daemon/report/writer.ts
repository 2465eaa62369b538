import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Language } from '../../api/badge.ts';
import { page } from '../../api/report/page.ts';
import type { PosterSize } from '../../api/report/poster.ts';
import type { Renderer } from '../../api/report/renderer.ts';
import type { Clock } from '../../model/clock.ts';
import type { Footprint } from '../../model/emissions.ts';
import { wordsOf } from '../../model/errors.ts';
import type { SessionRecord } from '../../model/ports.ts';
import { REPORT_VERSION, type Report } from '../../model/report.ts';
import { PROVISIONAL_MS } from '../../model/score.ts';

/** From the end of a session to its report: the last readings come in, and what is to be cut is cut first. */
const AFTER_END_MS = 30_000;
/** Then it is looked whether providers have restated what a report was made with. */
const CHECK_MS = 30 * 60_000;
/** Providers restate for a week; a report that is missing after so long is made by hand. */
const LOOKED_AFTER_MS = 8 * 24 * 3_600_000;
/** Sessions that are looked at: more are not held in a week. */
const MOST_SESSIONS = 200;
const SIZES: readonly PosterSize[] = ['story', 'card'];

interface ReportWriterDeps {
  clock: Clock;
  log: Logger;
  folder: string;
  formats: readonly ('html' | 'png' | 'pdf')[];
  languages: readonly Language[];
  renderer: Renderer;
  /** Newest first. */
  sessions(limit: number): Promise<SessionRecord[]>;
  /** What a session took, as the grid is known now. */
  footprint(session: SessionRecord): Promise<Footprint>;
  content(sessionId: string): Promise<Report | null>;
}

/**
 * Keeps a folder with the reports of the last lives: written after each live, written again when its numbers have
 * changed, made up for when nobody was there to write them.
 */
export class ReportWriter {
  readonly #deps: ReportWriterDeps;
  #trouble: string | null = null;
  #stopped = false;
  #cancel: () => void = () => {};
  #busy: Promise<void> = Promise.resolve();

  constructor(deps: ReportWriterDeps) {
    this.#deps = deps;
  }

  /** Why a report could not be written, or null. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** At the start, and when a session has ended. */
  look(): void {
    if (this.#deps.formats.length > 0) this.#in(AFTER_END_MS);
  }

  /** Leaves a report that is not whole as it was: it is written after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#busy;
  }

  #in(delayMs: number): void {
    this.#cancel();
    if (this.#stopped) return;
    this.#cancel = this.#deps.clock.after(delayMs, () => {
      this.#busy = this.#busy.then(() => this.#check());
    });
  }

  async #check(): Promise<void> {
    const { clock, log, sessions } = this.#deps;
    try {
      const sinceMs = clock.nowMs() - LOOKED_AFTER_MS;
      for (const session of await sessions(MOST_SESSIONS)) {
        const { endedAtMs } = session;
        if (endedAtMs === null || endedAtMs < sinceMs) continue;
        if (this.#stopped) return;
        await this.#refresh(session, endedAtMs);
      }
      this.#trouble = null;
    } catch (error) {
      if (this.#stopped) return;
      const why = wordsOf(error);
      if (this.#trouble !== why)
        log.warn({ event: 'report-unwritten' }, `a report could not be written, it is tried again: ${why}`);
      this.#trouble = why;
    }
    this.#in(CHECK_MS);
  }

  async #refresh(session: SessionRecord, endedAtMs: number): Promise<void> {
    const { clock, log, footprint, content } = this.#deps;
    const before = await this.#kept(session.id);
    const provisional = clock.nowMs() - endedAtMs < PROVISIONAL_MS;
    if (
      before !== null &&
      outline(before.measured.footprint, before.score.provisional) === outline(await footprint(session), provisional)
    )
      return;
    const report = await content(session.id);
    if (!report) return;
    await this.#write(report);
    log.info(
      { event: 'report-written', session: session.id },
      before ? 'the report was written again: its numbers have changed' : 'the report is written',
    );
  }

  /** null when there is none, or none that is whole and of this version. */
  async #kept(id: string): Promise<Report | null> {
    try {
      const kept: Report = JSON.parse(await readFile(join(this.#deps.folder, id, 'report.json'), 'utf8'));
      return kept.version === REPORT_VERSION ? kept : null;
    } catch {
      return null;
    }
  }

  async #write(report: Report): Promise<void> {
    const { folder, formats, languages, renderer } = this.#deps;
    const own = join(folder, report.session.id);
    await mkdir(own, { recursive: true });
    for (const language of languages) {
      if (formats.includes('html')) await put(own, `report-${language}.html`, page(report, language));
      if (formats.includes('png'))
        for (const size of SIZES)
          await put(own, `${size}-${language}.png`, await renderer.draw(report, { format: 'png', language, size }));
      if (formats.includes('pdf'))
        await put(own, `report-${language}.pdf`, await renderer.draw(report, { format: 'pdf', language }));
    }
    // Last: it says that the others are there.
    await put(own, 'report.json', `${JSON.stringify(report, null, 2)}\n`);
  }
}

/** What must be the same for a report to stand, as far as it shows. */
function outline({ wh, grams, unpricedWh, origins }: Footprint, provisional: boolean): string {
  const shown = (value: number) => Number(value.toPrecision(4));
  const statuses = [...new Set(origins.map(({ provider, status }) => `${provider} ${status}`))].sort();
  return JSON.stringify([shown(wh), shown(grams), shown(unpricedWh), provisional, statuses]);
}

/** Whole or not at all. */
async function put(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  const part = join(folder, `${name}.part`);
  await writeFile(part, content, { flush: true });
  await rename(part, join(folder, name));
}
