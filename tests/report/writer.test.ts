import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import type { Language } from '../../api/badge.ts';
import { Renderer } from '../../api/report/renderer.ts';
import { systemClock } from '../../daemon/clock.ts';
import { readLive } from '../../daemon/insight/lives.ts';
import { reportContent } from '../../daemon/report/content.ts';
import { ReportWriter } from '../../daemon/report/writer.ts';
import type { Report } from '../../model/report.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { type Story, StudioOfAnEvening } from './live.ts';

const root = tempFolder();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
let made = 0;
let running: Bench | null = null;
afterEach(async () => {
  await running?.stop();
  running = null;
});

/** Counts what was set for later. */
class CountingClock extends FakeClock {
  set = 0;
  override after(delayMs: number, run: () => void): () => void {
    this.set++;
    return super.after(delayMs, run);
  }
}

/** A writer over an evening's studio; only time is not real. */
class Bench {
  readonly folder = join(root, String(made++));
  readonly clock: CountingClock;
  readonly renderer = new Renderer((delayMs, run) => systemClock.after(delayMs, run));
  readonly writer: ReportWriter;
  studio: StudioOfAnEvening;
  readonly #story: Story;

  constructor(story: Story = {}, formats: ('html' | 'png' | 'pdf')[] = ['html'], languages: Language[] = ['fr', 'en']) {
    running = this;
    this.#story = { earlierLives: 0, ...story };
    this.studio = new StudioOfAnEvening(this.#story);
    this.clock = new CountingClock((this.studio.live.endedAtMs ?? 0) + 1000);
    this.writer = new ReportWriter({
      ...{ clock: this.clock, log: pino({ level: 'silent' }), folder: this.folder, formats, languages },
      renderer: this.renderer,
      sessions: (limit) => this.studio.sessions(limit),
      footprint: async (session) => (await readLive(this.studio, session)).live.whole,
      content: (id) => reportContent(this.studio, id),
    });
  }

  /** The grid, as providers tell of it from now on. */
  tell(story: Story): void {
    this.studio = new StudioOfAnEvening({ ...this.#story, ...story, nowMs: this.clock.nowMs() });
  }

  report(): Report {
    return JSON.parse(readFileSync(join(this.folder, 'live-0', 'report.json'), 'utf8'));
  }

  file(name: string): string {
    return join(this.folder, 'live-0', name);
  }

  /** Lets time pass until the folder is looked through again, and that is done. */
  async pass(ms: number): Promise<void> {
    const before = this.clock.set;
    this.clock.jump(ms);
    await this.clock.advance(0);
    await until('the folder was looked through', () => this.clock.set > before);
  }

  async stop(): Promise<void> {
    await this.renderer.close();
    await this.writer.stop();
  }
}

describe('the reports beside the journal', () => {
  test('are written after a live, in every form that is wanted, whole files only', async () => {
    const bench = new Bench({}, ['html', 'png', 'pdf'], ['fr']);
    bench.writer.look();
    await bench.pass(30_000);
    expect(readdirSync(join(bench.folder, 'live-0')).sort()).toEqual([
      'card-fr.png',
      'report-fr.html',
      'report-fr.pdf',
      'report.json',
      'story-fr.png',
    ]);
    for (const name of readdirSync(join(bench.folder, 'live-0')))
      expect(statSync(bench.file(name)).size).toBeGreaterThan(5000);
    expect(bench.report()).toEqual(await reportContent(bench.studio, 'live-0'));
  });

  test('stay as they are while nothing has changed', async () => {
    const bench = new Bench();
    bench.writer.look();
    await bench.pass(30_000);
    writeFileSync(bench.file('report-fr.html'), 'kept');
    await bench.pass(3 * HOUR_MS);
    expect(readFileSync(bench.file('report-fr.html'), 'utf8')).toBe('kept');
  });

  test('are written again when providers restate the grid, and say so', async () => {
    const bench = new Bench({ gramsPerKwh: () => 30 });
    bench.writer.look();
    await bench.pass(30_000);
    expect(readFileSync(bench.file('report-fr.html'), 'utf8')).not.toContain('Révisé');
    bench.tell({ gramsPerKwh: () => 42, saidAtItsEnd: () => 30 });
    await bench.pass(30 * MINUTE_MS);
    expect(bench.report().revision?.byGrams).toBeCloseTo(bench.report().measured.wh.central * 0.012, 3);
    expect(readFileSync(bench.file('report-fr.html'), 'utf8')).toContain('Révisé le 24 novembre 2026');
    expect(readFileSync(bench.file('report-en.html'), 'utf8')).toContain('Revised on 24 November 2026');
  });

  test('lose the word provisional a day after the end', async () => {
    const bench = new Bench();
    bench.writer.look();
    await bench.pass(30_000);
    expect(bench.report().score.provisional).toBe(true);
    bench.clock.jump(24 * HOUR_MS);
    bench.tell({});
    await bench.pass(0);
    expect(bench.report().score.provisional).toBe(false);
  });

  test('are made up for at the next start, also where one was left half written', async () => {
    const bench = new Bench();
    mkdirSync(join(bench.folder, 'live-0'), { recursive: true });
    writeFileSync(bench.file('report.json'), '{"version":"offair-rep');
    bench.writer.look();
    await bench.pass(30_000);
    expect(bench.report().session.id).toBe('live-0');
  });

  test('are not written where no form is wanted', async () => {
    const bench = new Bench({}, []);
    bench.writer.look();
    await bench.clock.advance(HOUR_MS);
    expect(existsSync(bench.folder)).toBe(false);
  });

  test('that can not be written are a problem, until they can', async () => {
    const bench = new Bench();
    writeFileSync(bench.folder, 'in the way');
    bench.writer.look();
    await bench.pass(30_000);
    expect(bench.writer.trouble).toMatch(/EEXIST|ENOTDIR/);
    rmSync(bench.folder);
    await bench.pass(30 * MINUTE_MS);
    expect(bench.writer.trouble).toBeNull();
    expect(bench.report().session.id).toBe('live-0');
  });
});
