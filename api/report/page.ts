import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Report, ReportItem } from '../../model/report.ts';
import type { BoundedEstimate } from '../../model/uncertainty.ts';
import { COLOURS, type Language } from '../badge.ts';
import { chartOf } from './chart.ts';
import { html, Markup } from './html.ts';
import { type Said, say } from './say.ts';

const STYLE = readFileSync(new URL('page.css', import.meta.url), 'utf8');

/** Of the page, as a file and from the API: its own style, nothing else, and nothing from anywhere. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** The report as one HTML file that asks nobody for anything. */
export function page(report: Report, language: Language): string {
  const said = say(report, language);
  const { t, title } = said;
  const document = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title} – ${t('report')}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${head(said)}
${hero(said)}
${power(said)}
<div class="pair">${measuredPart(said)}${modelledPart(said)}</div>
${ratios(said)}
${plugs(said)}
${equivalents(said)}
${earlier(said)}
${ways(said)}
${provenance(said)}
</main>
</body>
</html>
`;
  return document.text;
}

/** Longer ones are set smaller: a page should not begin with a page of title. */
const LONG_TITLE = 90;

function head({ report, t, title, when, onAir, format, tags }: Said): Markup {
  return html`<header>
<p class="eyebrow">${t('report')} · <bdi>${report.studio.name}</bdi></p>
<h1${title.length > LONG_TITLE ? html` class="long"` : null}><bdi>${title}</bdi></h1>
<p class="soft">${when} · ${onAir} · ${t('sessionFor', { duration: format.duration(report.session.seconds) })}</p>
${tags.length > 0 ? html`<p class="tags">${tags.map((tag) => html`<span class="tag">${tag}</span>`)}</p>` : null}
</header>`;
}

function hero(said: Said): Markup {
  const { report, t, format, letter, letterOf, notes, band } = said;
  const { measured, audience } = report;
  const { field, ink } = letter ? COLOURS[letter] : { field: '#57606a', ink: '#ffffff' };
  const viewers = audience
    ? html`${format.count(audience.meanViewers)}<small>${t('viewersPeak', { viewers: format.count(audience.peakViewers) })}</small>`
    : html`–<small>${t('viewersUnknown')}</small>`;
  const grams = measured.grams
    ? html`${format.grams(measured.grams.central)} CO₂e<small>${band(measured.grams, format.grams)}</small>`
    : html`–<small>${t('noGrams')}</small>`;
  return html`<section class="card hero">
<div class="letter">
<svg viewBox="0 0 100 100" role="img" aria-label="${t('score')}${format.colon}${letter ?? t('noGrade')}"><rect width="100" height="100" rx="18" fill="${field}"/><text x="50" y="74" text-anchor="middle" font-size="70" font-weight="800" fill="${ink}">${letter ?? '–'}</text></svg>
<p class="letter-of small soft">${letterOf}</p>
</div>
<dl class="figures">
<div><dt>${t('studioEmissions')}</dt><dd>${grams}</dd></div>
<div><dt>${t('studioEnergy')}</dt><dd>${format.wh(measured.wh.central)}<small>${band(measured.wh, format.wh)}</small></dd></div>
<div><dt>${t('meanPower')}</dt><dd>${measured.meanWattsOnAir === null ? '–' : format.watts(measured.meanWattsOnAir)}<small>${measured.gramsPerKwh === null ? t('noGrams') : `${format.unit(format.number(measured.gramsPerKwh), 'g/kWh')}`}</small></dd></div>
<div><dt>${t('viewers')}</dt><dd>${viewers}</dd></div>
</dl>
${notes.length > 0 ? html`<div class="notes small">${notes.map((note) => html`<p>${note}</p>`)}</div>` : null}
</section>`;
}

function power(said: Said): Markup {
  const { report, t } = said;
  const kinds = report.timeline.kinds;
  const gaps = report.timeline.watched.some((share) => share < 1);
  const broad = chart(said, { width: 1000, height: 260, name: 'broad' });
  if (!broad) return html`<section class="card"><h2>${t('power')}</h2><p class="soft">${t('powerNone')}</p></section>`;
  return html`<section class="card"><h2>${t('power')}</h2>
${broad}${chart(said, { width: 400, height: 220, name: 'narrow' })}
<ul class="legend">${kinds.map(({ kind }) => html`<li>${swatch(kind)}${t(kind)}</li>`)}${gaps ? html`<li><svg class="hatched" viewBox="0 0 12 12" aria-hidden="true"><path d="M0 12L12 0M0 6L6 0M6 12L12 6"/></svg>${t('gap')}</li>` : null}</ul>
</section>`;
}

function swatch(kind: ReportItem['kind']): Markup {
  return html`<svg viewBox="0 0 12 12" aria-hidden="true"><rect class="k-${kind}" width="12" height="12" rx="3"/></svg>`;
}

const [LEFT, TOP, BELOW] = [58, 30, 26];
/** About how wide a letter of a chart's font is. */
const LETTER_WIDTH = 7.8;

function chart(said: Said, { width, height, name }: { width: number; height: number; name: string }): Markup | null {
  const { report, t, format } = said;
  const shapes = chartOf(report, width - LEFT - 8, height, format, Math.floor(width / 100));
  if (!shapes) return null;
  const mean = report.measured.meanWattsOnAir;
  const label = t('powerLabel', { mean: mean === null ? '–' : format.watts(mean) });
  return html`<svg class="chart ${name}" viewBox="0 0 ${width} ${height + TOP + BELOW}" role="img" aria-label="${label}">
<defs><pattern id="hatch-${name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6" stroke-width="1.5"/></pattern></defs>
<g transform="translate(${LEFT} ${TOP})">
${shapes.phases.map(({ phase, x, width: wide }) => html`${phase === 'live' ? html`<rect class="phase" x="${x}" y="0" width="${wide}" height="${height}"/>` : null}<line class="edge" x1="${x}" x2="${x}" y1="-8" y2="${height}"/>${wide > t(phase).length * LETTER_WIDTH + 10 ? html`<text class="phase-name" x="${x + 6}" y="-10">${t(phase)}</text>` : null}`)}
${shapes.watts.map(({ y, label: text }, index) => html`<line class="rule" x1="0" x2="${width - LEFT - 8}" y1="${y}" y2="${y}"/><text x="-8" y="${y + 4}" text-anchor="end">${index === shapes.watts.length - 1 ? `${text} W` : text}</text>`)}
${shapes.areas.map(({ kind, path }) => html`<path class="k-${kind}" d="${path}"/>`)}
${shapes.gaps.map(({ x, width: wide }) => html`<rect x="${x}" y="0" width="${wide}" height="${height}" fill="url(#hatch-${name})"/>`)}
${shapes.times.map(({ x, label: text }) => html`<text x="${x}" y="${height + 20}" text-anchor="${x > width - LEFT - 28 ? 'end' : 'middle'}">${text}</text>`)}
</g></svg>`;
}

function kindOfNumber(t: Said['t'], of: 'measured' | 'modelled'): Markup {
  return html`<span class="kind-of-number">${t(of)}</span>`;
}

function measuredPart({ report, t, format }: Said): Markup {
  const { byKind } = report.measured;
  return html`<section class="card measured"><h2>${kindOfNumber(t, 'measured')}Studio</h2><p class="small soft">${t('measuredHint')}</p>
<table><thead><tr><th scope="col">${t('kind')}</th><th scope="col">${t('energy')}</th><th scope="col">CO₂e</th><th scope="col">${t('share')}</th></tr></thead>
<tbody>${byKind.map((item) => html`<tr><th scope="row">${t(item.kind)}</th><td>${format.wh(item.wh)}</td><td>${item.grams === null ? '–' : format.grams(item.grams)}</td><td>${format.percent(item.share)}</td></tr>`)}
<tr class="strong"><th scope="row">${t('studioEnergy')}</th><td>${format.wh(report.measured.wh.central)}</td><td>${report.measured.grams ? format.grams(report.measured.grams.central) : '–'}</td><td></td></tr></tbody></table>
<table><thead><tr><th scope="col">${t('phase')}</th><th scope="col">${t('duration')}</th><th scope="col">${t('energy')}</th></tr></thead>
<tbody>${report.session.phases.map(({ phase, from, to, wh }) => html`<tr><th scope="row">${t(phase)}</th><td>${format.duration((Date.parse(to) - Date.parse(from)) / 1000)}</td><td>${wh > 0 ? format.wh(wh) : '–'}</td></tr>`)}</tbody></table>
</section>`;
}

function modelledPart({ report, t, format, band }: Said): Markup {
  const { components, total } = report.modelled;
  const row = (name: string, grams: BoundedEstimate | null, strong = false) =>
    html`<tr${strong ? html` class="strong"` : null}><th scope="row">${name}</th>${
      grams
        ? html`<td>${format.modelledGrams(grams.central)}</td><td>${band(grams, format.modelledGrams)}</td>`
        : html`<td colspan="2" class="soft wrap">${t('needsViewers')}</td>`
    }</tr>`;
  return html`<section class="card modelled"><h2>${kindOfNumber(t, 'modelled')}${t('beyond')}</h2><p class="small soft">${t('modelledHint')}</p>
<table><thead><tr><th scope="col">${t('component')}</th><th scope="col">CO₂e</th><th scope="col">${t('bandHead')}</th></tr></thead>
<tbody>${components.map(({ component, grams }) => row(t(`part_${component}`), grams))}${row(t('total'), total, true)}</tbody></table>
</section>`;
}

function ratios({ t, ratios: rows }: Said): Markup {
  return html`<section class="card"><h2>${t('ratios')}</h2><p class="small soft">${t('apart')}</p>
<div class="wide" tabindex="0" role="region" aria-label="${t('ratios')}"><table><thead><tr><th scope="col">${t('ratio')}</th><th scope="col">${t('measured')}, ${t('energy')}</th><th scope="col">${t('measured')}, CO₂e</th><th scope="col">${t('modelled')}, CO₂e</th><th scope="col">${t('bandHead')}</th></tr></thead>
<tbody>${rows.map(({ name, wh, grams, modelled, band }) => html`<tr><th scope="row">${name}</th><td>${wh}</td><td>${grams}</td><td>${modelled}</td><td>${band}</td></tr>`)}</tbody></table></div></section>`;
}

function plugs({ report, t, format }: Said): Markup {
  const { byPlug } = report.measured;
  return html`<section class="card"><h2>${kindOfNumber(t, 'measured')}${t('byPlug')}</h2>
<table><thead><tr><th scope="col">${t('plug')}</th><td class="bar"></td><th scope="col">${t('energy')}</th><th scope="col">CO₂e</th><th scope="col">${t('share')}</th></tr></thead>
<tbody>${byPlug.map((item) => html`<tr><th scope="row"><bdi>${item.name}</bdi></th><td class="bar">${bar(item.share / (byPlug[0]?.share || 1), `k-${item.kind}`)}</td><td>${format.wh(item.wh)}</td><td>${item.grams === null ? '–' : format.grams(item.grams)}</td><td>${format.percent(item.share)}</td></tr>`)}</tbody></table></section>`;
}

function bar(share: number, name: string): Markup {
  const width = Math.round(share * 1000) / 10;
  return html`<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="${name}" width="${width}" height="8"/></svg>`;
}

function equivalents({ report, t, format }: Said): Markup | null {
  if (report.equivalents.length === 0) return null;
  return html`<section class="card"><h2>${t('equivalents')}</h2><div class="tiles">${report.equivalents.map(
    ({
      code,
      of,
      kilometres,
      gramsPerKilometre,
    }) => html`<div class="tile ${of}"><strong>${t(code, { distance: format.distance(kilometres) })}</strong>
<p class="small soft">${t(`${code}Long`)} (${t('gramsPerKm', { grams: format.grams(gramsPerKilometre) })})</p><p class="small">${t(`equivalentOf_${of}`)}</p></div>`,
  )}</div></section>`;
}

function earlier({ t, format, lives }: Said): Markup | null {
  if (lives.length < 2) return null;
  const most = Math.max(...lives.map(({ whPerLiveHour }) => whPerLiveHour)) || 1;
  return html`<section class="card"><h2>${t('earlier')}</h2>
<table><thead><tr><th scope="col">${t('date')}</th><td class="bar"></td><th scope="col">${t('energyPerHour')}</th><th scope="col">${t('emissionsPerHour')}</th><th scope="col">${t('score')}</th></tr></thead>
<tbody>${lives.map(({ startedAt, name, own, whPerLiveHour, wh, grams, letter }) => html`<tr${own ? html` class="strong"` : null}><th scope="row">${format.shortDay(startedAt)} <bdi>${name}</bdi></th><td class="bar">${bar(whPerLiveHour / most, own ? 'own' : 'past')}</td><td>${wh}</td><td>${grams}</td><td>${letter}</td></tr>`)}</tbody></table></section>`;
}

function ways({ ways: all, t }: Said): Markup | null {
  if (all.length === 0) return null;
  return html`<section class="card"><h2>${t('ways')}</h2><p class="small soft">${t('waysHint')}</p><ul class="ways">${all.map(
    ({ what, saves, of }) =>
      html`<li class="${of}"><span class="kind-of-number">${t(`wayOf_${of}`)}</span><strong><bdi>${what}</bdi></strong>${saves ? html`<br><span class="soft">${saves}</span>` : null}</li>`,
  )}</ul></section>`;
}

function provenance({ origins, provenance: sentences, t }: Said): Markup {
  return html`<footer class="card small"><h2>${t('provenance')}</h2>
${
  origins.length > 0
    ? html`<div class="wide" tabindex="0" role="region" aria-label="${t('provenance')}"><table><thead><tr><th scope="col">${t('provider')}</th><th scope="col" class="text">${t('factor')}</th><th scope="col" class="text">${t('status')}</th><th scope="col">${t('share')}</th></tr></thead>
<tbody>${origins.map(({ provider, factor, status, share }) => html`<tr><th scope="row">${provider}</th><td class="text">${factor}</td><td class="text">${status}</td><td>${share}</td></tr>`)}</tbody></table></div>`
    : null
}
${sentences.map((sentence) => html`<p class="soft">${sentence}</p>`)}
</footer>`;
}
