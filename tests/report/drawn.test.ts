import { readdirSync, readFileSync } from 'node:fs';
import PDFDocument from 'pdfkit';
import { afterAll, describe, expect, test } from 'vitest';
import { FONT_FILES } from '../../api/report/fonts.ts';
import type { Measure, Weight } from '../../api/report/pen.ts';
import { POSTERS, type PosterSize, poster } from '../../api/report/poster.ts';
import { Renderer, RendererBusy } from '../../api/report/renderer.ts';
import { say } from '../../api/report/say.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { SessionPhase } from '../../model/ports.ts';
import { until } from '../support/until.ts';
import { reportOfStory, type Story } from './live.ts';
import { pdfPages, pdfText } from './pdf-text.ts';

const HOSTILE = `</text><script>alert(1)</script> & "quotes" 😀 שידור ${'é'.repeat(300)}`;
const SIZES: PosterSize[] = ['story', 'card'];

const ruler = new PDFDocument({ autoFirstPage: false });
const measure: Measure = (text, size, weight) => ruler.font(FONT_FILES[weight]).fontSize(size).widthOfString(text);

const drawing = new Renderer((delayMs, run) => systemClock.after(delayMs, run));
afterAll(() => drawing.close());

/** Each text of a poster, with where it begins and ends. */
function textsOf(svg: string) {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, given = '', escaped = '']) => {
    const at = Object.fromEntries([...given.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
    const text = escaped.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
    const wide = measure(text, Number(at['font-size']), Number(at['font-weight'] ?? 400) as Weight);
    const x = Number(at.x) - (at['text-anchor'] === 'end' ? wide : at['text-anchor'] === 'middle' ? wide / 2 : 0);
    return { text, from: x, to: x + wide, y: Number(at.y) };
  });
}

/** Those that this process has begun. One that ends meanwhile is none. */
function drawingProcesses(): number[] {
  const read = (file: string) => {
    try {
      return readFileSync(`/proc/${file}`, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc/self/task')
    .flatMap((task) => read(`self/task/${task}/children`).split(' ').filter(Boolean))
    .filter((pid) => read(`${pid}/cmdline`).includes('report/process.ts'))
    .map(Number);
}

const STORIES: [string, Story][] = [
  ['an evening', {}],
  ['a hostile title', { title: HOSTILE }],
  ['a title of no letters that the font has', { title: '😀 שידור حيّ' }],
  ['no viewers', { viewers: [] }],
  ['no grid', { gramsPerKwh: null }],
  ['two minutes', { phases: [['live', 2]] }],
  ['26 hours and a large audience, as a demo', { phases: [['live', 26 * 60]], viewers: [2_400_000], demo: true }],
];

describe.each(SIZES)('the %s', (size) => {
  test.each(STORIES)('of %s keeps each text within its picture, in both languages', async (_, story) => {
    const report = await reportOfStory(story);
    for (const language of ['fr', 'en'] as const) {
      const svg = poster(say(report, language), size, measure);
      expect(svg).not.toMatch(/NaN|undefined|Infinity|null|<script/);
      for (const { text, from, to, y } of textsOf(svg)) {
        // Those of the chart count from its own corner.
        expect(from, text).toBeGreaterThanOrEqual(-1);
        expect(to, text).toBeLessThanOrEqual(POSTERS[size].width - 40);
        expect(y, text).toBeLessThanOrEqual(POSTERS[size].height - 20);
      }
    }
  });

  test('has one number, what it is of, the modelled apart, and where they are from', async () => {
    const svg = poster(say(await reportOfStory(), 'fr'), size, measure);
    const texts = textsOf(svg).map(({ text }) => text);
    expect(texts).toContain('46,9');
    expect(texts).toContain('g\u00a0CO₂e');
    expect(texts).toContain('mesurés au studio');
    expect(texts.join('|')).toContain('Plateforme, réseau, spectateurs (modélisé)');
    expect(texts.join('|')).toContain('RTE – éCO2mix / ODRÉ (cycle de vie complet, estimé)');
    expect(svg).toContain('stroke-dasharray');
  });

  test.each([5, 40, 400])('cuts none of its own words at %i g/kWh', async (gramsPerKwh) => {
    const report = await reportOfStory({ gramsPerKwh: () => gramsPerKwh, saidAtItsEnd: () => 30 });
    for (const language of ['fr', 'en'] as const) {
      const texts = textsOf(poster(say(report, language), size, measure)).map(({ text }) => text);
      expect(texts.filter((text) => text.endsWith('…'))).toEqual([]);
    }
  });

  test('is a PNG of the size that networks ask for', async () => {
    const drawn = await drawing.draw(await reportOfStory({ title: HOSTILE }), {
      format: 'png',
      language: 'fr',
      size,
    });
    const png = Buffer.from(drawn);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([POSTERS[size].width, POSTERS[size].height]);
    // A picture and not an empty ground.
    expect(png.length).toBeGreaterThan(30_000);
  });
});

describe('the PDF', () => {
  test('can be read, searched and copied, in French and in English', async () => {
    const report = await reportOfStory();
    const [fr, en] = await Promise.all([
      drawing.draw(report, { format: 'pdf', language: 'fr' }),
      drawing.draw(report, { format: 'pdf', language: 'en' }),
    ]);
    const text = pdfText(fr);
    for (const words of [
      'Matinale spéciale : le grand entretien',
      '46,9\u202fg CO₂e',
      '1,32\u202fkWh',
      'Lumière principale',
      'Au-delà du studio',
      'Page 1 sur 3',
    ])
      expect(text).toContain(words);
    expect(text).not.toContain('\ufffd');
    expect(pdfText(en)).toContain('1.32\u00a0kWh');
    expect(pdfText(en)).toContain('Beyond the studio');
    const raw = Buffer.from(fr).toString('latin1');
    expect(raw).toMatch(/^%PDF-1\.7/);
    expect(raw).toContain('/Lang (fr)');
    expect(raw).toContain('/StructTreeRoot');
    expect(raw).toContain('/DisplayDocTitle true');
    expect(raw).toMatch(/\/FontFile2/);
  });

  test('without a letter says so in one breath', async () => {
    const report = await reportOfStory({ phases: [['live', 2]] });
    expect(pdfText(await drawing.draw(report, { format: 'pdf', language: 'fr' }))).toContain(
      'Note\u00a0: pas de note.',
    );
  });

  test.each([1, 2, 3, 4, 5, 6, 7])('keeps each heading with its table, after %i phases', async (count) => {
    const phases = Array.from({ length: count }, (): [SessionPhase, number] => ['live', 2]);
    const report = await reportOfStory({ phases, viewers: [850], earlierLives: 2 });
    const pages = pdfPages(await drawing.draw(report, { format: 'pdf', language: 'fr' }));
    for (const [heading, end] of [
      ['Au-delà du studio', 'Total modélisé'],
      ['Par spectateur et par minute', 'Spectateur-heure'],
      ['Face aux derniers lives', 'Émissions par heure d’antenne'],
      ['D’où viennent les chiffres', 'Périmètre'],
    ] as const)
      expect(
        pages.filter((text) => text.includes(heading) && text.includes(end)),
        heading,
      ).toHaveLength(1);
  });

  test('takes any title', async () => {
    const report = await reportOfStory({ title: HOSTILE });
    const text = pdfText(await drawing.draw(report, { format: 'pdf', language: 'en' }));
    expect(text).toContain('</text><script>alert(1)</script> & "quotes"');
    expect(text).not.toContain('😀');
  });
});

describe('drawing', () => {
  test('holds up nobody: the event loop goes on while a story and a PDF are drawn', async () => {
    const report = await reportOfStory();
    const beganMs = systemClock.monotonicMs();
    let longestMs = 0;
    let last = beganMs;
    let done = false;
    const watch = async () => {
      while (!done) {
        await systemClock.sleep(5);
        const now = systemClock.monotonicMs();
        longestMs = Math.max(longestMs, now - last);
        last = now;
      }
    };
    const watching = watch();
    await drawing.draw(report, { format: 'png', language: 'fr', size: 'story' });
    await drawing.draw(report, { format: 'pdf', language: 'fr' });
    done = true;
    await watching;
    // Drawn here, the longest would be most of it.
    expect(longestMs).toBeLessThan((last - beganMs) / 2);
  });

  test('that crashes ends nobody else, and the next is drawn', async () => {
    const report = await reportOfStory();
    const own = new Renderer((delayMs, run) => systemClock.after(delayMs, run));
    const others = new Set(drawingProcesses());
    const card = { format: 'png', language: 'en', size: 'card' } as const;
    const drawn = own.draw(report, card).catch((error: Error) => error.message);
    const begun = () => drawingProcesses().filter((one) => !others.has(one));
    await until('it is being drawn', () => begun().length === 1);
    const [pid = 0] = begun();
    process.kill(pid, 'SIGSEGV');
    expect(await drawn).toBe('the process that draws ended before its work (SIGSEGV)');
    expect((await own.draw(report, card)).length).toBeGreaterThan(1000);
    await own.close();
    expect(begun()).toEqual([]);
  });

  test('is refused when too many wait already, and goes on afterwards', async () => {
    const report = await reportOfStory();
    const busy = new Renderer((delayMs, run) => systemClock.after(delayMs, run));
    const card = { format: 'png', language: 'en', size: 'card' } as const;
    const first = busy.draw(report, card);
    const others = Array.from({ length: 19 }, () => busy.draw(report, card).catch(() => null));
    expect(() => busy.draw(report, card)).toThrow(RendererBusy);
    expect((await first).length).toBeGreaterThan(1000);
    await busy.close();
    expect(await others[18]).toBeNull();
  });
});
