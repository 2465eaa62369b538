import type { BoundedEstimate } from '../../model/uncertainty.ts';
import { COLOURS } from '../badge.ts';
import { chartOf, KIND_COLOURS } from './chart.ts';
import { FONT_FILES } from './fonts.ts';
import { drawable } from './format.ts';
import type { Said } from './say.ts';
import { LINE, type Row, Sheet, SOFT } from './sheet.ts';

const CHART_HEIGHT = 130;
/** Of a section, with the line under it. */
const HEADING_HEIGHT = 40;

/** The report as a PDF of two or three pages A4, tagged, its text to be searched and copied. */
export function paper(said: Said): Promise<Uint8Array> {
  const { report, t, language, onAir, when, format, tags, notes } = said;
  const title = drawable(said.title) || t('untitled');
  const studio = drawable(report.studio.name);
  const sheet = new Sheet({
    ...{ title: `${title} – ${t('report')}`, language, author: studio, madeAtMs: Date.parse(report.generatedAt) },
  });
  sheet.paragraph([t('report'), studio, ...tags].join(' · '), { size: 10, weight: 600, colour: SOFT });
  sheet.heading(title, 'H1', { size: 24 });
  const whole = t('sessionFor', { duration: format.duration(report.session.seconds) });
  sheet.paragraph(`${when} · ${onAir} · ${whole}`, { size: 10, colour: SOFT, gap: 14 });
  hero(sheet, said);
  for (const note of notes) sheet.paragraph(note, { size: 8.5, colour: SOFT, gap: 2 });
  power(sheet, said);
  measured(sheet, said);
  modelled(sheet, said);
  ratios(sheet, said);
  equivalents(sheet, said);
  earlier(sheet, said);
  if (said.ways.length > 0) section(sheet, t('ways'), { hint: t('waysHint') });
  for (const { what, saves, of } of said.ways)
    sheet.paragraph(`${t(`wayOf_${of}`)}${format.colon}${drawable(what)}${saves ? `, ${saves}` : ''}`, { gap: 3 });
  provenance(sheet, said);
  return sheet.finish((page, of) => `offair · ${studio} · ${t('page', { page, of })}`);
}

/** A heading is never the last thing of a page: the rows of its table go with it. @param rows what that table has */
function section(sheet: Sheet, title: string, { hint, rows = 0 }: { hint?: string; rows?: number } = {}): void {
  sheet.y += 10;
  sheet.need(HEADING_HEIGHT + sheet.heldHeight(rows));
  sheet.heading(title, 'H2');
  if (hint) sheet.paragraph(hint, { size: 8.5, colour: SOFT });
}

function hero(sheet: Sheet, { report, t, format, letter, letterOf, band }: Said): void {
  const { measured: own, audience } = report;
  const { field, ink } = letter ? COLOURS[letter] : { field: '#57606a', ink: '#ffffff' };
  const top = sheet.y;
  sheet.figure(`${t('score')}${format.colon}${letter ?? t('noGrade')}, ${letterOf}`, 0, (document, x, y) => {
    document.roundedRect(x, y, 92, 92, 16).fill(field);
    document.font(FONT_FILES[800]).fontSize(64).fillColor(ink);
    document.text(letter ?? '–', x, y + 8, { width: 92, align: 'center', lineBreak: false });
  });
  sheet.y = top;
  sheet.facts(
    [
      {
        name: t('studioEmissions'),
        value: own.grams ? `${format.grams(own.grams.central)} CO₂e` : '–',
        note: own.grams ? band(own.grams, format.grams) : t('noGrams'),
      },
      { name: t('studioEnergy'), value: format.wh(own.wh.central), note: band(own.wh, format.wh) },
      {
        name: t('meanPower'),
        value: own.meanWattsOnAir === null ? '–' : format.watts(own.meanWattsOnAir),
        note: own.gramsPerKwh === null ? '' : format.unit(format.number(own.gramsPerKwh), 'g/kWh'),
      },
      {
        name: t('viewers'),
        value: audience ? format.count(audience.meanViewers) : '–',
        note: audience ? t('viewersPeak', { viewers: format.count(audience.peakViewers) }) : t('viewersUnknown'),
      },
    ],
    ...([2, 116] as const),
  );
  sheet.paragraph(`${[t('score'), letter].filter(Boolean).join(' ')}${format.colon}${letterOf}.`, {
    size: 8.5,
    colour: SOFT,
    gap: 2,
  });
}

function power(sheet: Sheet, { report, t, format }: Said): void {
  section(sheet, t('power'));
  const [left, right] = [34, 6];
  const chart = chartOf(report, sheet.width - left - right, CHART_HEIGHT, format);
  if (!chart) {
    sheet.paragraph(t('powerNone'), { colour: SOFT });
    return;
  }
  const mean = report.measured.meanWattsOnAir;
  const label = t('powerLabel', { mean: mean === null ? '–' : format.watts(mean) });
  sheet.figure(label, CHART_HEIGHT + 48, (document, x, y) => {
    const write = (text: string, at: number, down: number, align: 'left' | 'right' | 'center', colour = SOFT) => {
      document.font(FONT_FILES[400]).fontSize(7.5).fillColor(colour);
      const wide = document.widthOfString(text);
      const shift = align === 'left' ? 0 : align === 'right' ? wide : wide / 2;
      document.text(text, at - shift, down, { lineBreak: false });
      return wide;
    };
    const [originX, originY] = [x + left, y + 14];
    for (const { y: at, label: text } of chart.watts) {
      document
        .moveTo(originX, originY + at)
        .lineTo(x + sheet.width - right, originY + at)
        .lineWidth(0.5)
        .stroke(LINE);
      write(text, originX - 5, originY + at - 4, 'right');
    }
    write('W', originX - 5, y, 'right');
    document.save().translate(originX, originY);
    for (const { kind, path } of chart.areas) if (path) document.path(path).fill(KIND_COLOURS[kind].light);
    for (const { x: from, width } of chart.gaps)
      document.rect(from, 0, width, CHART_HEIGHT).fillOpacity(0.25).fill(SOFT).fillOpacity(1);
    document.restore();
    for (const { phase, x: at, width } of chart.phases) {
      document
        .moveTo(originX + at, y + 6)
        .lineTo(originX + at, originY + CHART_HEIGHT)
        .lineWidth(0.5)
        .dash(2, { space: 2 })
        .stroke(SOFT)
        .undash();
      if (width > 48) write(t(phase), originX + at + 3, y + 1, 'left', '#14181d');
    }
    for (const { x: at, label: text } of chart.times)
      write(text, originX + at, originY + CHART_HEIGHT + 4, at > sheet.width - 60 ? 'right' : 'center');
    let at = originX;
    const legend = [
      ...report.timeline.kinds.map(({ kind }) => ({ name: t(kind), colour: KIND_COLOURS[kind].light })),
      ...(chart.gaps.length > 0 ? [{ name: t('gap'), colour: '#c9ced4' }] : []),
    ];
    for (const { name, colour } of legend) {
      document.rect(at, originY + CHART_HEIGHT + 20, 7, 7).fill(colour);
      at += write(name, at + 10, originY + CHART_HEIGHT + 19, 'left') + 24;
    }
  });
}

function measured(sheet: Sheet, { report, t, format }: Said): void {
  const { byPlug, wh, grams } = report.measured;
  section(sheet, `${t('measured')}${format.colon}studio`, { hint: t('measuredHint'), rows: byPlug.length + 1 });
  const rows = byPlug.map(
    (item): Row => ({
      cells: [
        drawable(item.name) || item.key,
        t(item.kind),
        { share: item.share / (byPlug[0]?.share || 1), colour: KIND_COLOURS[item.kind].light },
        format.wh(item.wh),
        item.grams === null ? '–' : format.grams(item.grams),
        format.percent(item.share),
      ],
    }),
  );
  const total = [t('studioEnergy'), '', '', format.wh(wh.central), grams ? format.grams(grams.central) : '–', ''];
  sheet.table(
    [
      { head: t('plug'), share: 0.3 },
      { head: t('kind'), share: 0.14, align: 'left' },
      { head: '', share: 0.2 },
      { head: t('energy'), share: 0.13 },
      { head: 'CO₂e', share: 0.13 },
      { head: t('share'), share: 0.1 },
    ],
    [...rows, { cells: total, strong: true }],
  );
  sheet.table(
    [
      { head: t('phase'), share: 0.5 },
      { head: t('duration'), share: 0.25 },
      { head: t('energy'), share: 0.25 },
    ],
    report.session.phases.map(({ phase, from, to, wh: own }) => ({
      cells: [t(phase), format.duration((Date.parse(to) - Date.parse(from)) / 1000), own > 0 ? format.wh(own) : '–'],
    })),
  );
}

function modelled(sheet: Sheet, { report, t, format, band }: Said): void {
  const { components, total } = report.modelled;
  section(sheet, `${t('modelled')}${format.colon}${t('beyond')}`, {
    ...{ hint: t('modelledHint'), rows: components.length + 1 },
  });
  const row = (name: string, grams: BoundedEstimate | null, strong = false): Row => ({
    cells: grams
      ? [name, format.modelledGrams(grams.central), band(grams, format.modelledGrams)]
      : [name, '–', t('needsViewers')],
    strong,
  });
  sheet.table(
    [
      { head: t('component'), share: 0.4 },
      { head: 'CO₂e', share: 0.2 },
      { head: t('bandHead'), share: 0.4 },
    ],
    [...components.map(({ component, grams }) => row(t(`part_${component}`), grams)), row(t('total'), total, true)],
  );
}

function ratios(sheet: Sheet, { t, ratios: rows }: Said): void {
  section(sheet, t('ratios'), { hint: t('apart'), rows: rows.length });
  sheet.table(
    [
      { head: t('ratio'), share: 0.24 },
      { head: `${t('measured')}, ${t('energy')}`, share: 0.18 },
      { head: `${t('measured')}, CO₂e`, share: 0.18 },
      { head: `${t('modelled')}, CO₂e`, share: 0.18 },
      { head: t('bandHead'), share: 0.22 },
    ],
    rows.map(({ name, wh, grams, modelled: own, band }) => ({ cells: [name, wh, grams, own, band] })),
  );
}

function equivalents(sheet: Sheet, { report, t, format }: Said): void {
  if (report.equivalents.length > 0) section(sheet, t('equivalents'));
  for (const { code, of, kilometres, gramsPerKilometre } of report.equivalents) {
    const what = `${t(code, { distance: format.distance(kilometres) })}, ${t(`${code}Long`)}`;
    sheet.paragraph(
      `${what} (${t('gramsPerKm', { grams: format.grams(gramsPerKilometre) })})${format.colon}${t(`equivalentOf_${of}`)}`,
      { gap: 3 },
    );
  }
}

function earlier(sheet: Sheet, { t, format, lives }: Said): void {
  if (lives.length < 2) return;
  section(sheet, t('earlier'), { rows: lives.length });
  sheet.table(
    [
      { head: t('date'), share: 0.14 },
      { head: '', share: 0.26, align: 'left' },
      { head: t('energyPerHour'), share: 0.25 },
      { head: t('emissionsPerHour'), share: 0.27 },
      { head: t('score'), share: 0.08 },
    ],
    lives.map(({ startedAt, name, wh, grams, letter, own }) => ({
      cells: [format.shortDay(startedAt), drawable(name), wh, grams, letter],
      strong: own,
    })),
  );
}

function provenance(sheet: Sheet, { t, origins, provenance: sentences }: Said): void {
  section(sheet, t('provenance'), { rows: origins.length });
  if (origins.length > 0)
    sheet.table(
      [
        { head: t('provider'), share: 0.3 },
        { head: t('factor'), share: 0.3, align: 'left' },
        { head: t('status'), share: 0.25, align: 'left' },
        { head: t('share'), share: 0.15 },
      ],
      origins.map(({ provider, factor, status, share }) => ({ cells: [provider, factor, status, share] })),
    );
  for (const sentence of sentences) sheet.paragraph(sentence, { size: 8.5, colour: SOFT, gap: 3 });
}
