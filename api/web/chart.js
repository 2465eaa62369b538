import { make, say } from './dom.js';
import { axisTime, number, timeText, wattsText } from './format.js';
import { t } from './text.js';

/**
 * What a chart shows: columns of watts on one axis, and beside them what happened.
 * @typedef {{ id: string, name: string, watts: (number | null)[] }} Column
 * @typedef {{ startMs: number, endMs: number, gramsPerKwh: number }} Slot
 * @typedef {{ phase: string, fromMs: number, toMs: number }} Span
 * @typedef {{ atMs: number, plug: string, to: string }} Mark
 * @typedef {{ fromMs: number, stepMs: number, columns: Column[], slots: Slot[], spans: Span[], marks: Mark[] }} Picture
 * @typedef {typeof import('uplot')} UPlot
 */

/** The plugs that draw most have a colour of their own; the rest is one. */
const COLOURS = 8;
const STRIP_PX = 18;
const NEAR_PX = 8;

/** @type {Promise<UPlot> | null} */
let loading = null;

/** The chart library: a classic script, fetched when the first chart is drawn. @returns {Promise<UPlot>} */
export function library() {
  loading ??= new Promise((resolve, reject) => {
    const script = make('script');
    script.src = '/web/lib/uPlot.iife.min.js';
    script.addEventListener('load', () => resolve(Reflect.get(globalThis, 'uPlot')));
    script.addEventListener('error', () => {
      loading = null;
      reject(new Error('the chart library did not come'));
    });
    document.head.append(script);
  });
  return loading;
}

/** Power by plug over time, stacked, with phases, switchings and the grid's intensity on the same axis. */
export class PowerChart {
  root = make('figure', 'chart');
  #plot = make('div', 'chart-plot');
  #legend = make('ul', 'chart-legend');
  #readout = make('p', 'chart-readout');
  #timeZone;
  #onZoom;
  /** @type {import('uplot') | null} */
  #chart = null;
  /** @type {UPlot | null} */
  #library = null;
  /** @type {Picture | null} */
  #picture = null;
  /** The columns as they are drawn: the largest, in their order, and the rest as one. @type {Column[]} */
  #layers = [];
  /** @type {string} */
  #shape = '';
  #resize = new ResizeObserver(() => this.#fit());
  #theme = matchMedia('(prefers-color-scheme: light)');
  #redraw = () => this.#build();

  /**
   * @param {string} timeZone
   * @param {(fromMs: number, toMs: number) => void} onZoom a person chose a part of it
   * @param {() => void} onWhole a person wants all of it again
   */
  constructor(timeZone, onZoom, onWhole) {
    this.#timeZone = timeZone;
    this.#onZoom = onZoom;
    this.#plot.setAttribute('role', 'img');
    this.#plot.addEventListener('dblclick', onWhole);
    this.root.append(this.#plot, make('figcaption', 'chart-caption', this.#readout, this.#legend));
    this.#resize.observe(this.#plot);
    this.#theme.addEventListener('change', this.#redraw);
  }

  close() {
    this.#resize.disconnect();
    this.#theme.removeEventListener('change', this.#redraw);
    this.#chart?.destroy();
    this.#chart = null;
  }

  /** @param {Picture} picture */
  async show(picture) {
    this.#picture = picture;
    this.#library ??= await library();
    const { columns, slots } = this.#picture;
    const shape = `${columns.map(({ id }) => id)}|${slots.length > 0}`;
    if (shape !== this.#shape || !this.#chart) {
      this.#shape = shape;
      this.#build();
    } else {
      this.#chart.setData(this.#data());
    }
    this.#label();
    if (this.#chart?.cursor.idx == null) this.#tell(null);
  }

  #build() {
    if (!this.#library || !this.#picture) return;
    this.#chart?.destroy();
    const data = this.#data();
    this.#chart = new this.#library(this.#options(), data, this.#plot);
    this.#legend.replaceChildren(
      ...this.#layers.map(({ name }, i) => {
        const dot = make('span', 'legend-dot');
        dot.dataset.colour = String(i + 1);
        return make('li', '', dot, make('span', 'legend-name', name), make('b', 'legend-value'));
      }),
      ...(this.#picture.slots.length > 0
        ? [make('li', 'legend-grid', make('span', 'legend-line'), make('span', 'legend-name', t('grid')), make('b'))]
        : []),
    );
    this.#tell(null);
  }

  #fit() {
    const { clientWidth: width, clientHeight: height } = this.#plot;
    const chart = this.#chart;
    if (chart && width > 0 && (chart.width !== width || chart.height !== height)) chart.setSize({ width, height });
  }

  /** @returns {import('uplot').AlignedData} */
  #data() {
    const { fromMs, stepMs, columns, slots } = /** @type {Picture} */ (this.#picture);
    this.#layers = layersOf(columns);
    const length = Math.max(0, ...columns.map(({ watts }) => watts.length));
    const times = Array.from({ length }, (_, i) => (fromMs + i * stepMs) / 1000);
    /** @type {(number | null)[][]} */
    const sums = [];
    for (const { watts } of this.#layers) {
      const below = sums[0];
      sums.unshift(
        times.map((_, i) => {
          const [own, under] = [watts[i] ?? null, below ? (below[i] ?? null) : null];
          return own === null && under === null ? null : (own ?? 0) + (under ?? 0);
        }),
      );
    }
    const top = sums[0];
    // Where the uppermost is known, those below are drawn under it, though one of them may be silent.
    for (const sum of sums) for (const i of sum.keys()) if (sum[i] === null && top?.[i] != null) sum[i] = 0;
    const grid = slots.length > 0 ? [times.map((time) => slotAt(slots, time * 1000)?.gramsPerKwh ?? null)] : [];
    return /** @type {import('uplot').AlignedData} */ ([times, ...sums, ...grid]);
  }

  /** @returns {import('uplot').Options} */
  #options() {
    const uPlot = /** @type {UPlot} */ (this.#library);
    const style = getComputedStyle(this.#plot);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    const font = `12px ${style.fontFamily}`;
    const axis = { font, stroke: colour('ink-soft'), ticks: { show: false } };
    const grid = { stroke: colour('line'), width: 1 };
    const hasGrid = (this.#picture?.slots.length ?? 0) > 0;
    const narrow = this.#plot.clientWidth < 480;
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const steps = stepped ? { paths: stepped } : {};
    return {
      width: this.#plot.clientWidth || 300,
      height: this.#plot.clientHeight || 200,
      padding: [STRIP_PX + 8, hasGrid ? 0 : 12, 0, 0],
      legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), this.#timeZone),
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { range: (_chart, min, max) => [min, max] },
        y: { range: (_chart, _min, max) => [0, Math.max(10, (max ?? 0) * 1.08)] },
        grid: { range: (_chart, _min, max) => [0, Math.max(10, (max ?? 0) * 1.25)] },
      },
      series: [
        {},
        ...this.#layers.map((_, i) => {
          const own = colour(`c${this.#layers.length - i}`);
          return { stroke: own, fill: own, width: 0.5, points: { show: false } };
        }),
        ...(hasGrid
          ? [
              {
                ...{ scale: 'grid', stroke: colour('ink'), width: 1.5, dash: [5, 4], points: { show: false } },
                ...steps,
              },
            ]
          : []),
      ],
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: narrow ? 70 : 90,
          size: 26,
          values: (_chart, splits, _axis, _space, step) =>
            splits.map((seconds) => axisTime(seconds * 1000, step * 1000, this.#timeZone)),
        },
        {
          ...axis,
          grid,
          size: narrow ? 42 : 54,
          space: 40,
          values: (_chart, splits) => splits.map((v) => wattsAxis(v)),
        },
        ...(hasGrid
          ? [
              {
                ...axis,
                ...{ scale: 'grid', side: /** @type {1} */ (1), size: narrow ? 34 : 62, grid: { show: false } },
                values: (/** @type {unknown} */ _chart, /** @type {number[]} */ splits) =>
                  splits.map((v, i) => (!narrow && i === splits.length - 1 ? `${v}\u00a0g/kWh` : String(v))),
              },
            ]
          : []),
      ],
      hooks: {
        draw: [(chart) => this.#drawEvents(chart, colour, font)],
        setCursor: [(chart) => this.#tell(chart.cursor.idx ?? null)],
        setSelect: [
          (chart) => {
            const { left, width } = chart.select;
            if (width < NEAR_PX) return;
            this.#onZoom(chart.posToVal(left, 'x') * 1000, chart.posToVal(left + width, 'x') * 1000);
            chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
      },
    };
  }

  /**
   * The phases as a strip over the chart, and a line for each switching.
   * @param {import('uplot')} chart
   * @param {(name: string) => string} colour
   * @param {string} font
   */
  #drawEvents(chart, colour, font) {
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio;
    const { spans, marks } = /** @type {Picture} */ (this.#picture);
    const x = (/** @type {number} */ ms) => chart.valToPos(ms / 1000, 'x', true);
    const inside = (/** @type {number} */ px) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, px));
    ctx.save();
    ctx.font = font.replace('12px', `600 ${11 * ratio}px`);
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    const top = bbox.top - (STRIP_PX + 2) * ratio;
    for (const { phase, fromMs, toMs } of spans) {
      const [left, right] = [inside(x(fromMs)), inside(x(toMs))];
      if (right - left < 1) continue;
      ctx.fillStyle = colour(`phase-${phase}`);
      ctx.fillRect(left, top, right - left - ratio, (STRIP_PX - 3) * ratio);
      const word = t(/** @type {import('./text.js').Word} */ (phase));
      if (ctx.measureText(word).width + 8 * ratio > right - left) continue;
      ctx.fillStyle = colour('phase-ink');
      ctx.fillText(word, left + 5 * ratio, top + ((STRIP_PX - 3) / 2) * ratio + ratio / 2);
    }
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    for (const { atMs, to } of marks) {
      const at = x(atMs);
      if (at < bbox.left || at > bbox.left + bbox.width) continue;
      ctx.strokeStyle = ctx.fillStyle = colour(to === 'off' ? 'warn' : 'good');
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
      ctx.beginPath();
      const [base, tip] = to === 'off' ? [bbox.top, bbox.top + 7 * ratio] : [bbox.top + 7 * ratio, bbox.top];
      ctx.moveTo(at - 4 * ratio, base);
      ctx.lineTo(at + 4 * ratio, base);
      ctx.lineTo(at, tip);
      ctx.fill();
    }
    ctx.restore();
  }

  /**
   * The values under the pointer, or the last ones.
   * @param {number | null} index
   */
  #tell(index) {
    const picture = this.#picture;
    if (!picture) return;
    const length = picture.columns[0]?.watts.length ?? 0;
    const at = index ?? length - 1;
    const atMs = picture.fromMs + at * picture.stepMs;
    const values = this.#layers.map(({ watts }) => watts[at] ?? null);
    const known = values.filter((watts) => watts !== null);
    for (const [i, watts] of values.entries()) {
      const cell = this.#legend.children[i]?.lastElementChild;
      if (cell) say(cell, wattsText(watts));
    }
    const slot = slotAt(picture.slots, atMs);
    const cell = this.#legend.children[values.length]?.lastElementChild;
    if (cell) say(cell, `${number(slot?.gramsPerKwh ?? null)}\u00a0g/kWh`);
    if (index === null) {
      say(this.#readout, '');
      return;
    }
    const pixelMs = this.#chart ? this.#chart.posToVal(NEAR_PX, 'x') - this.#chart.posToVal(0, 'x') : 0;
    const near = picture.marks.filter((mark) => Math.abs(mark.atMs - atMs) <= Math.max(pixelMs * 1000, picture.stepMs));
    const span = picture.spans.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
    const total = known.length > 0 ? known.reduce((sum, watts) => sum + watts, 0) : null;
    const parts = [
      timeText(new Date(atMs).toISOString(), this.#timeZone),
      wattsText(total),
      ...(span ? [t(/** @type {import('./text.js').Word} */ (span.phase))] : []),
      ...near.map(({ plug, to }) => t(to === 'off' ? 'markOff' : 'markOn', { name: plug })),
    ];
    say(this.#readout, parts.join(' · '));
  }

  /** What a person who can't see the chart is told of it. */
  #label() {
    const { fromMs, stepMs, columns } = /** @type {Picture} */ (this.#picture);
    const length = columns[0]?.watts.length ?? 0;
    const totals = Array.from({ length }, (_, i) => {
      const known = columns.flatMap(({ watts }) => watts[i] ?? []);
      return known.length > 0 ? known.reduce((sum, watts) => sum + watts, 0) : null;
    });
    const known = totals.filter((watts) => watts !== null);
    const time = (/** @type {number} */ ms) => timeText(new Date(ms).toISOString(), this.#timeZone);
    const words = {
      ...{ from: time(fromMs), to: time(fromMs + length * stepMs), plugs: columns.length },
      ...{
        low: wattsText(Math.min(...known)),
        high: wattsText(Math.max(...known)),
        now: wattsText(known.at(-1) ?? null),
      },
    };
    this.#plot.setAttribute('aria-label', t(known.length > 0 ? 'chartLabel' : 'chartEmpty', words));
  }
}

/** @param {number} watts */
const wattsAxis = (watts) => (watts >= 10_000 ? `${number(watts / 1000)}\u00a0kW` : `${watts}\u00a0W`);

/**
 * @param {Slot[]} slots
 * @param {number} atMs
 */
const slotAt = (slots, atMs) => slots.find(({ startMs, endMs }) => startMs <= atMs && atMs < endMs);

/**
 * The columns that draw most, in their order, and the rest as one.
 * @param {Column[]} columns
 * @returns {Column[]}
 */
function layersOf(columns) {
  if (columns.length <= COLOURS) return columns;
  const weight = new Map(
    columns.map((one) => [one, one.watts.reduce((/** @type {number} */ sum, w) => sum + (w ?? 0), 0)]),
  );
  const largest = new Set(
    columns.toSorted((a, b) => (weight.get(b) ?? 0) - (weight.get(a) ?? 0)).slice(0, COLOURS - 1),
  );
  const rest = columns.filter((one) => !largest.has(one));
  const watts = (rest[0]?.watts ?? []).map((_, i) => {
    const known = rest.flatMap((one) => one.watts[i] ?? []);
    return known.length > 0 ? known.reduce((sum, w) => sum + w, 0) : null;
  });
  return [...columns.filter((one) => largest.has(one)), { id: '', name: t('others', { plugs: rest.length }), watts }];
}
