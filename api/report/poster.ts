import { LETTERS } from '../../model/score.ts';
import { COLOURS } from '../badge.ts';
import { chartOf, KIND_COLOURS } from './chart.ts';
import { drawable } from './format.ts';
import { html, type Markup } from './html.ts';
import { type Measure, Pen, round, SOFT } from './pen.ts';
import { headline, type Said } from './say.ts';

export const POSTERS = { story: { width: 1080, height: 1920 }, card: { width: 1200, height: 630 } } as const;
export type PosterSize = keyof typeof POSTERS;

const LINE = '#39424d';
const AMBER = '#f5c86a';

/** The report as an image for social media, SVG: one number, the letter, few facts, and where they are from. */
export function poster(said: Said, size: PosterSize, measure: Measure): string {
  const { width, height } = POSTERS[size];
  const pen = new Pen(measure);
  const { letter } = said;
  const glow = letter ? COLOURS[letter].field : '#57606a';
  const content = size === 'story' ? story(said, pen) : card(said, pen);
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter">
<defs><radialGradient id="glow" cx="1" cy="0" r="1.1"><stop offset="0" stop-color="${glow}" stop-opacity="0.34"/><stop offset="0.7" stop-color="${glow}" stop-opacity="0"/></radialGradient></defs>
<rect width="${width}" height="${height}" fill="#0c0e11"/><rect width="${width}" height="${height}" fill="url(#glow)"/>
${content}
</svg>`.text;
}

function story(said: Said, pen: Pen): Markup[] {
  const { t, report, when, onAir } = said;
  const [left, width] = [80, 920];
  const { figure, of } = headline(said);
  const title = pen.lines(titleOf(said), left, 246, { size: 66, weight: 800, width, most: 2 });
  // A title of one line leaves room below it, not above.
  const top = title.bottom + 64;
  const bottom = 1730;
  const facts = factsOf(said);
  return [
    ...heading(said, pen, left, 160, width, 34),
    ...title.marks,
    pen.text(`${when} · ${onAir}`, left, top, { size: 32, fill: SOFT, width }),
    ...pen.figure(figure, left, top + 290, { size: 270, width }),
    pen.text(of, left, top + 392, { size: 46, weight: 600, width }),
    ...scale(said, left, top + 448, width),
    ...spark(said, left, top + 678, width, bottom - 500 - (top + 678)),
    ...facts.flatMap(([name, value], index) => {
      const [x, y] = [left + (index % 2) * (width / 2), bottom - 388 + Math.floor(index / 2) * 112];
      return [
        pen.text(name, x, y, { size: 28, fill: SOFT, width: width / 2 - 20 }),
        pen.text(value, x, y + 50, { size: 46, weight: 600, width: width / 2 - 20 }),
      ];
    }),
    ...beyond(said, pen, { x: left, y: bottom - 180, width, height: 136, size: 30 }),
    ...pen.lines(sourcesOf(said), left, bottom + 8, { size: 24, fill: SOFT, width, most: 3 }).marks,
    pen.text('offair', left + width, 1860, { size: 30, weight: 600, fill: SOFT, anchor: 'end' }),
    ...(report.demo ? [pen.text(t('demoHint'), left, 1860, { size: 26, fill: AMBER, width: width - 140 })] : []),
  ];
}

function card(said: Said, pen: Pen): Markup[] {
  const { report, t, letter, letterOf, when, onAir } = said;
  const [left, width] = [56, 720];
  const { figure, of } = headline(said);
  const { field, ink } = letter ? COLOURS[letter] : { field: '#57606a', ink: '#ffffff' };
  const side = { x: 830, width: 314 };
  const title = pen.lines(titleOf(said), left, 124, { size: 42, weight: 800, width, most: 2 });
  return [
    ...heading(said, pen, left, 70, width, 24),
    ...title.marks,
    pen.text(`${when} · ${onAir}`, left, title.bottom + 36, { size: 22, fill: SOFT, width }),
    ...pen.figure(figure, left, 366, { size: 142, width }),
    pen.text(of, left, 424, { size: 28, weight: 600, width }),
    html`<rect x="${side.x}" y="48" width="140" height="140" rx="25" fill="${field}"/><text x="${side.x + 70}" y="153" text-anchor="middle" font-size="100" font-weight="800" fill="${ink}">${letter ?? '–'}</text>`,
    ...pen.lines(letterOf, side.x + 160, 84, { size: 21, fill: SOFT, width: side.width - 160, most: 4 }).marks,
    ...factsOf(said).flatMap(([name, value], index) => [
      pen.text(name, side.x, 246 + index * 56, { size: 20, fill: SOFT, width: 150 }),
      pen.text(value, side.x + side.width, 246 + index * 56, { size: 25, weight: 600, anchor: 'end', width: 200 }),
    ]),
    ...beyond(said, pen, { x: left, y: 462, width: 1088, height: 72, size: 21 }),
    ...pen.lines(sourcesOf(said), left, 570, { size: 18, fill: SOFT, width: 900, most: 2 }).marks,
    pen.text(report.demo ? `offair · ${t('demo')}` : 'offair', 1144, 594, {
      ...{ size: 22, weight: 600, fill: report.demo ? AMBER : SOFT, anchor: 'end' },
    }),
  ];
}

function titleOf({ title, t }: Said): string {
  return drawable(title) || t('untitled');
}

function heading({ report, t }: Said, pen: Pen, x: number, y: number, width: number, size: number): Markup[] {
  const words = `${report.demo ? `${t('demo')} · ` : ''}${t('report')} · ${drawable(report.studio.name)}`;
  return [pen.text(words, x, y, { size, weight: 600, fill: report.demo ? AMBER : SOFT, width: width * 0.74 })];
}

function factsOf({ report, t, format }: Said): [name: string, value: string][] {
  const { measured, equivalents } = report;
  const car = equivalents.find(({ code, of }) => code === 'car' && of === 'measured');
  return [
    ...(measured.grams ? ([[t('energy'), format.wh(measured.wh.central)]] as [string, string][]) : []),
    [t('posterPower'), measured.meanWattsOnAir === null ? '–' : format.watts(measured.meanWattsOnAir)],
    [
      t('posterGrid'),
      measured.gramsPerKwh === null ? t('noGrams') : format.unit(format.number(measured.gramsPerKwh), 'g/kWh'),
    ],
    ...(car
      ? ([[t('posterEquivalent'), t('car', { distance: format.distance(car.kilometres) })]] as [string, string][])
      : []),
  ];
}

/** Seven letters, the own one large. */
function scale({ letter, letterOf }: Said, x: number, y: number, width: number): Markup[] {
  const [small, large] = [100, 138];
  const gap = (width - small * 6 - (letter ? large : small)) / 6;
  let left = x;
  const boxes = LETTERS.map((one) => {
    const { field, ink } = COLOURS[one];
    const own = one === letter;
    const side = own ? large : small;
    const top = y + (large - side) / 2;
    const box = html`<g opacity="${own ? 1 : 0.32}"><rect x="${round(left)}" y="${top}" width="${side}" height="${side}" rx="${side / 5}" fill="${field}"/><text x="${round(left + side / 2)}" y="${round(top + side * 0.735)}" text-anchor="middle" font-size="${Math.round(side * 0.68)}" font-weight="800" fill="${ink}">${one}</text></g>`;
    left += side + gap;
    return box;
  });
  return [...boxes, html`<text x="${x}" y="${y + large + 42}" font-size="28" fill="${SOFT}">${letterOf}</text>`];
}

function spark({ report, format, t }: Said, x: number, y: number, width: number, height: number): Markup[] {
  const chart = height < 60 ? null : chartOf(report, width, height, format);
  if (!chart) return [];
  const { startedAt, endedAt } = report.session;
  const below = (left: number, anchor: string, words: string) =>
    html`<text x="${left}" y="${height + 36}" font-size="26" fill="${SOFT}" text-anchor="${anchor}">${words}</text>`;
  return [
    html`<g transform="translate(${x} ${round(y)})"><line x1="0" x2="${width}" y1="${height}" y2="${height}" stroke="${LINE}" stroke-width="2"/><g shape-rendering="crispEdges">${chart.areas.map(({ kind, path }) => html`<path d="${path}" fill="${KIND_COLOURS[kind].dark}"/>`)}${chart.gaps.map((gap) => html`<rect x="${gap.x}" width="${gap.width}" height="${height}" fill="${SOFT}" fill-opacity="0.22"/>`)}</g>
${below(0, 'start', format.clock(Date.parse(startedAt)))}${below(width / 2, 'middle', t('power'))}${endedAt ? below(width, 'end', format.clock(Date.parse(endedAt))) : null}</g>`,
  ];
}

/** What is modelled: in a dashed frame of its own, never near the measured number. */
function beyond(
  said: Said,
  pen: Pen,
  { x, y, width, height, size }: { x: number; y: number; width: number; height: number; size: number },
): Markup[] {
  const { report, t, format, band } = said;
  const { total } = report.modelled;
  const value = total
    ? `${format.modelledGrams(total.central)}\u00a0CO₂e (${band(total, format.modelledGrams)})`
    : t('needsViewers');
  const viewers = report.audience
    ? `${format.count(report.audience.meanViewers)}\u00a0${t('viewers').toLowerCase()}`
    : '';
  const frame = html`<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="18" fill="none" stroke="${SOFT}" stroke-width="2" stroke-dasharray="8 7"/>`;
  const inner = width - 48;
  if (height > 100)
    return [
      frame,
      pen.text(t('posterModelled'), x + 24, y + 50, { size: size * 0.92, fill: SOFT, width: inner }),
      pen.text([value, viewers].filter(Boolean).join(' · '), x + 24, y + 102, {
        size: size * 1.2,
        weight: 600,
        width: inner,
      }),
    ];
  return [
    frame,
    pen.text(t('posterModelled'), x + 24, y + height / 2 + size * 0.36, {
      size: size * 0.95,
      fill: SOFT,
      width: inner * 0.44,
    }),
    pen.text([value, viewers].filter(Boolean).join(' · '), x + width - 24, y + height / 2 + size * 0.36, {
      size: size * 1.1,
      weight: 600,
      anchor: 'end',
      width: inner * 0.54,
    }),
  ];
}

function sourcesOf({ report, t, format, origins, tags }: Said): string {
  const { attributions, measured, equivalents } = report;
  const main = origins[0];
  return [
    main && measured.grams
      ? `${attributions.join(', ') || main.provider} (${main.factor}, ${main.status})`
      : t('noGramsHint').replace(/\.$/, ''),
    `${t('measured')}${format.colon}${format.percent(Math.floor(measured.footprint.coverage * 100) / 100)}`,
    ...(equivalents.some(({ of }) => of === 'measured') ? [t('equivalentFromShort')] : []),
    ...tags.filter((tag) => tag !== t('demo')),
  ].join(' · ');
}
