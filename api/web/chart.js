import { get } from './api.js';
import { byId, say } from './dom.js';
import { timeText, wattsText } from './format.js';
import { sumOf, topOf } from './series.js';
import { t } from './text.js';

/** @typedef {import('./series.js').Sample} Sample */

const MINUTES = 15;
const SPAN_MS = MINUTES * 60_000;
const STEP_SECONDS = 10;
/** Wider apart than this, samples are not joined. */
const GAP_MS = 60_000;

/** @type {Sample[]} */
let samples = [];
/** Where the pointer is, 0..1 of the width. @type {number | null} */
let pointer = null;
let drawnAtMs = 0;
let timeZone = 'UTC';

/**
 * Loads what was before the stream began, or was missed while it was lost.
 * @param {import('./types.d.ts').Status} status
 */
export async function loadChart(status) {
  const toMs = Date.parse(status.now);
  const query = new URLSearchParams({
    from: new Date(toMs - SPAN_MS).toISOString(),
    to: status.now,
    step: String(STEP_SECONDS),
  });
  const paths = status.plugs.map((plug) => `plugs/${encodeURIComponent(plug.id)}/history?${query}`);
  const past = sumOf(await Promise.all(paths.map((path) => get(path))));
  samples = [...past, ...samples.filter((sample) => sample.atMs >= toMs)];
}

/** @param {import('./types.d.ts').Status} status */
export function addToChart({ now, watts, wattsFrom }) {
  const atMs = Date.parse(now);
  samples = samples.filter((sample) => sample.atMs > atMs - SPAN_MS - GAP_MS && sample.atMs < atMs);
  samples.push({ atMs, watts: wattsFrom.plugs > 0 ? watts : null });
}

/**
 * @param {number} serverNowMs the right edge
 * @param {string} zone
 */
export function drawChart(serverNowMs, zone) {
  drawnAtMs = serverNowMs;
  timeZone = zone;
  const seen = samples.filter((sample) => sample.atMs > serverNowMs - SPAN_MS - GAP_MS);
  const known = seen.flatMap(({ watts }) => (watts === null ? [] : [watts]));
  const top = topOf(Math.max(...known, 0));
  const point = (/** @type {Sample} */ { atMs, watts }) => ({
    x: 1000 * (1 - (serverNowMs - atMs) / SPAN_MS),
    y: 100 * (1 - Math.max(0, watts ?? 0) / top),
  });
  const runs = runsOf(seen).map((run) => run.map(point));
  const line = runs.map((run) => `M${run.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`);
  const area = runs.map((run, i) => `${line[i]}L${run.at(-1)?.x.toFixed(1)} 100L${run[0]?.x.toFixed(1)} 100Z`);
  byId('chart-line', SVGPathElement).setAttribute('d', line.join(''));
  byId('chart-area', SVGPathElement).setAttribute('d', area.join(''));
  say(byId('chart-top', HTMLElement), wattsText(top));
  say(byId('chart-half', HTMLElement), wattsText(top / 2));
  say(byId('chart-from', HTMLElement), t('chartAgo', { minutes: MINUTES }));
  say(byId('chart-third', HTMLElement), t('chartAgo', { minutes: (2 * MINUTES) / 3 }));
  say(byId('chart-two-thirds', HTMLElement), t('chartAgo', { minutes: MINUTES / 3 }));
  showReadout();

  const now = seen.at(-1)?.watts ?? null;
  const [low, high] = [Math.min(...known), Math.max(...known)].map(wattsText);
  const words = { minutes: MINUTES, low: low ?? '', high: high ?? '', now: wattsText(now) };
  byId('chart', HTMLElement).setAttribute('aria-label', t(known.length > 0 ? 'chartLabel' : 'chartEmpty', words));
}

/**
 * Known samples that follow each other closely: between two runs is a gap.
 * @param {Sample[]} all
 * @returns {Sample[][]}
 */
function runsOf(all) {
  /** @type {Sample[][]} */
  const runs = [];
  let last = -Infinity;
  for (const sample of all) {
    if (sample.watts === null) {
      last = -Infinity;
      continue;
    }
    if (sample.atMs - last > GAP_MS) runs.push([]);
    runs.at(-1)?.push(sample);
    last = sample.atMs;
  }
  return runs;
}

function showReadout() {
  const readout = byId('chart-readout', HTMLElement);
  const cursor = byId('chart-cursor', SVGPathElement);
  const atMs = pointer === null ? null : drawnAtMs - SPAN_MS * (1 - pointer);
  const nearest =
    atMs === null
      ? undefined
      : samples.reduce(
          (/** @type {Sample | undefined} */ best, sample) =>
            !best || Math.abs(sample.atMs - atMs) < Math.abs(best.atMs - atMs) ? sample : best,
          undefined,
        );
  if (pointer === null || !nearest) {
    say(readout, '');
    cursor.setAttribute('d', '');
    return;
  }
  say(readout, `${timeText(new Date(nearest.atMs).toISOString(), timeZone)} · ${wattsText(nearest.watts)}`);
  cursor.setAttribute('d', `M${(pointer * 1000).toFixed(1)} 0V100`);
  readout.style.left = `${Math.min(88, Math.max(12, pointer * 100))}%`;
}

/** Makes the chart tell the value under the pointer; called once. */
export function startChartReadout() {
  const chart = byId('chart', HTMLElement);
  const plot = chart.querySelector('.chart-plot');
  if (!(plot instanceof HTMLElement)) return;
  plot.addEventListener('pointermove', (event) => {
    const box = plot.getBoundingClientRect();
    pointer = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    showReadout();
  });
  plot.addEventListener('pointerleave', () => {
    pointer = null;
    showReadout();
  });
}
