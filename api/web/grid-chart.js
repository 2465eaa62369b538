import { library } from './chart.js';
import { make, say } from './dom.js';
import { axisTime, momentText, number } from './format.js';
import { t } from './text.js';

/** @typedef {import('./types.d.ts').Intensity} Intensity */

/** The grid's intensity over time: what was, and what is foreseen. */
export class GridChart {
  root = make('figure', 'chart');
  #plot = make('div', 'chart-plot');
  #readout = make('figcaption', 'chart-readout');
  #timeZone;
  /** @type {import('uplot') | null} */
  #chart = null;
  /** @type {{ times: number[], was: (number | null)[], ahead: (number | null)[], nowMs: number }} */
  #data = { times: [], was: [], ahead: [], nowMs: 0 };
  #theme = matchMedia('(prefers-color-scheme: light)');
  #redraw = () => this.#build();
  #resize = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = this.#plot;
    if (this.#chart && width > 0 && this.#chart.width !== width) this.#chart.setSize({ width, height });
  });

  /** @param {string} timeZone */
  constructor(timeZone) {
    this.#timeZone = timeZone;
    this.#plot.setAttribute('role', 'img');
    this.root.append(this.#plot, this.#readout);
    this.#resize.observe(this.#plot);
    this.#theme.addEventListener('change', this.#redraw);
  }

  close() {
    this.#resize.disconnect();
    this.#theme.removeEventListener('change', this.#redraw);
    this.#chart?.destroy();
    this.#chart = null;
  }

  /**
   * @param {Intensity[]} past
   * @param {Intensity[]} ahead
   * @param {number} nowMs
   */
  show(past, ahead, nowMs) {
    /** @type {Map<number, [was: number | null, ahead: number | null]>} */
    const at = new Map();
    for (const { start, gramsPerKwh } of past) at.set(Date.parse(start), [gramsPerKwh, null]);
    for (const { start, end, gramsPerKwh } of ahead) {
      at.set(Date.parse(start), [at.get(Date.parse(start))?.[0] ?? null, gramsPerKwh]);
      if (!at.has(Date.parse(end))) at.set(Date.parse(end), [null, gramsPerKwh]);
    }
    const points = [...at].toSorted(([a], [b]) => a - b);
    this.#data = {
      times: points.map(([ms]) => ms / 1000),
      was: points.map(([, [was]]) => was),
      ahead: points.map(([, [, foreseen]]) => foreseen),
      nowMs,
    };
    const all = [...past, ...ahead].map(({ gramsPerKwh }) => gramsPerKwh);
    const words = { low: number(Math.min(...all)), high: number(Math.max(...all)) };
    this.#plot.setAttribute('aria-label', t(all.length > 0 ? 'gridChartLabel' : 'noIntensity', words));
    this.#build();
  }

  async #build() {
    const uPlot = await library();
    const { times, was, ahead, nowMs } = this.#data;
    this.#chart?.destroy();
    this.#chart = null;
    if (times.length === 0) return;
    const style = getComputedStyle(this.#plot);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    const axis = { font: `12px ${style.fontFamily}`, stroke: colour('ink-soft'), ticks: { show: false } };
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const steps = stepped ? { paths: stepped } : {};
    this.#chart = new uPlot(
      {
        width: this.#plot.clientWidth || 300,
        height: this.#plot.clientHeight || 200,
        // Half a tick's text at the right.
        padding: [12, 24, 0, 0],
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), this.#timeZone),
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: { y: { range: (_chart, _min, max) => [0, Math.max(10, (max ?? 0) * 1.15)] } },
        series: [
          {},
          {
            stroke: colour('accent'),
            fill: `${colour('accent')}22`,
            width: 2,
            points: { show: false },
            ...steps,
          },
          { stroke: colour('ink-soft'), width: 2, dash: [6, 4], points: { show: false }, ...steps },
        ],
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 80,
            size: 26,
            values: (_chart, splits, _axis, _space, step) =>
              splits.map((seconds) => axisTime(seconds * 1000, step * 1000, this.#timeZone)),
          },
          {
            ...axis,
            grid: { stroke: colour('line'), width: 1 },
            size: 44,
            values: (_chart, splits) => splits.map(String),
          },
        ],
        hooks: {
          draw: [
            (chart) => {
              const x = chart.valToPos(nowMs / 1000, 'x', true);
              const { ctx, bbox } = chart;
              ctx.save();
              ctx.strokeStyle = colour('ink');
              ctx.beginPath();
              ctx.moveTo(x, bbox.top);
              ctx.lineTo(x, bbox.top + bbox.height);
              ctx.stroke();
              ctx.restore();
            },
          ],
          setCursor: [(chart) => this.#tell(chart.cursor.idx ?? null)],
        },
      },
      [times, was, ahead],
      this.#plot,
    );
    this.#tell(null);
  }

  /** @param {number | null} index */
  #tell(index) {
    if (index === null) {
      say(this.#readout, t('gridKey'));
      return;
    }
    const { times, was, ahead } = this.#data;
    const value = was[index] ?? ahead[index] ?? null;
    const when = momentText(new Date((times[index] ?? 0) * 1000).toISOString(), this.#timeZone);
    say(this.#readout, `${when} · ${number(value)}\u00a0g/kWh${was[index] == null ? ` · ${t('forecast')}` : ''}`);
  }
}
