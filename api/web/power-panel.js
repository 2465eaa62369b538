import { get } from './api.js';
import { PowerChart } from './chart.js';
import { nowMs } from './clock.js';
import { make, say, show } from './dom.js';
import { t } from './text.js';

const MINUTE_MS = 60_000;
/** How long a chart looks back, and the length of its steps: whole minutes are summed up already where it is long. */
const SPANS = /** @type {const} */ ([
  { word: 'span15m', ms: 15 * MINUTE_MS, stepMs: 5000 },
  { word: 'span1h', ms: 60 * MINUTE_MS, stepMs: 15_000 },
  { word: 'span6h', ms: 360 * MINUTE_MS, stepMs: MINUTE_MS },
  { word: 'span24h', ms: 1440 * MINUTE_MS, stepMs: 5 * MINUTE_MS },
  { word: 'span7d', ms: 10_080 * MINUTE_MS, stepMs: 30 * MINUTE_MS },
]);
const MOST_STEPS = 360;
const DRAW_EVERY_MS = 1000;
/** After more, as when the computer slept, what was missed is loaded. */
const MOST_MISSED_STEPS = 3;
const LOG_LENGTH = 200;
/** So long the intensity of a slot is taken for that of the next ones, while they are not known. */
const HELD_MS = 2 * 60 * MINUTE_MS;
const DONE = 'verified';

/**
 * @typedef {import('./types.d.ts').Shown} Shown
 * @typedef {import('./types.d.ts').Session} Session
 * @typedef {{ fromMs: number, toMs: number }} Period
 */

/** A chart of power with its choice of period: it follows the live state, or stays with one period. */
export class PowerPanel {
  root = make('div', 'panel');
  #buttons;
  #reset = make('button', 'quiet');
  #trouble = make('p', 'refusal');
  #chart;
  #plug;
  #fixed;
  #status;
  #span = 0;
  /** A part that a person chose; null: all, up to now. @type {Period | null} */
  #zoom = null;
  /** @type {import('./chart.js').Picture | null} */
  #picture = null;
  /** @type {Session[]} */
  #sessions = [];
  #drawnAtMs = 0;
  #relays = '';
  #asked = 0;
  #loadedAtMs = 0;

  /**
   * @param {Shown} status
   * @param {{ plug?: string, period?: Period }} of all plugs unless one is named; a period that stays, or up to now
   */
  constructor(status, { plug, period } = {}) {
    this.#status = status;
    this.#plug = plug;
    this.#fixed = period ?? null;
    this.#chart = new PowerChart(
      status.studio.timeZone,
      (fromMs, toMs) => this.#look({ fromMs, toMs }),
      () => this.#look(null),
    );
    this.#buttons = SPANS.map(({ word }, i) => {
      const button = make('button', '', t(word));
      button.type = 'button';
      button.addEventListener('click', () => this.#choose(i));
      return button;
    });
    this.#reset.type = 'button';
    this.#reset.textContent = t('zoomReset');
    this.#reset.addEventListener('click', () => this.#look(null));
    this.#trouble.setAttribute('role', 'status');
    const spans = make('div', 'segments', ...this.#buttons);
    spans.setAttribute('role', 'group');
    spans.setAttribute('aria-label', t('period'));
    show(spans, !period);
    const hint = make('span', 'muted small zoom-hint', t('zoomHint'));
    this.root.append(make('div', 'panel-bar', spans, this.#reset, hint), this.#chart.root, this.#trouble);
    this.#mark();
    this.load();
  }

  close() {
    this.#asked = -1;
    this.#chart.close();
  }

  /**
   * Takes the live state: a value more, as long as nobody looks at a part of the past.
   * @param {Shown} status
   */
  update(status) {
    const before = this.#status;
    this.#status = status;
    if (this.#fixed || status.phase === null) return;
    const relays = status.plugs.map(({ relay }) => relay).join();
    const happened =
      relays !== this.#relays || before.phase !== status.phase || before.session?.id !== status.session?.id;
    this.#relays = relays;
    if (happened && this.#loadedAtMs > 0) this.#loadMarks();
    if (this.#zoom || !this.#picture) return;
    if (!this.#append(this.#picture, status)) {
      this.load();
      return;
    }
    if (nowMs() - this.#drawnAtMs < DRAW_EVERY_MS || document.hidden) return;
    this.#draw();
  }

  /** Everything anew: at the start, for another period, and after the line was lost. */
  async load() {
    this.#asked += 1;
    const asked = this.#asked;
    this.#loadedAtMs = 0;
    const { fromMs, toMs, stepMs } = this.#period();
    const times = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    const query = new URLSearchParams({
      ...times,
      step: String(stepMs / 1000),
      ...(this.#plug ? { plug: this.#plug } : {}),
    });
    try {
      /** @type {import('./types.d.ts').Power} */
      const power = await get(`power?${query}`);
      if (asked !== this.#asked) return;
      const plugs = new Map(this.#status.plugs.map((plug) => [plug.id, plug]));
      const columns = power.plugs
        // What a roof makes is not what the studio takes.
        .filter(({ plug }) => this.#plug || plugs.get(plug)?.kind !== 'solar')
        .map(({ plug, watts }) => ({ id: plug, name: plugs.get(plug)?.name ?? plug, watts }));
      const { slots = [], spans = [], marks = [] } = this.#picture ?? {};
      this.#picture = { fromMs: Date.parse(power.from), stepMs, columns, slots, spans, marks };
      say(this.#trouble, '');
      this.#draw();
      await Promise.all([this.#loadGrid(times, asked), this.#loadMarks()]);
      this.#loadedAtMs = nowMs();
    } catch {
      if (asked === this.#asked) say(this.#trouble, t('loadFailed'));
    }
  }

  /**
   * @param {Record<string, string>} times
   * @param {number} asked
   */
  async #loadGrid(times, asked) {
    // The value of a slot before may stand in for one that is not published yet.
    const from = new Date(Date.parse(times.from ?? '') - HELD_MS).toISOString();
    /** @type {import('./types.d.ts').Intensities} */
    const { points } = await get(`intensity?${new URLSearchParams({ ...times, from })}`);
    if (asked !== this.#asked || !this.#picture) return;
    const current = this.#fixed ? [] : [this.#status.intensity ?? []].flat();
    this.#picture.slots = heldSlots([...points, ...current]);
    this.#draw();
  }

  async #loadMarks() {
    const asked = this.#asked;
    /** @type {[import('./types.d.ts').SwitchLog, Session[]]} */
    const [log, sessions] = await Promise.all([get(`switching/log?limit=${LOG_LENGTH}`), get('sessions')]);
    if (asked !== this.#asked || !this.#picture) return;
    const names = new Map(this.#status.plugs.map(({ id, name }) => [id, name]));
    this.#sessions = sessions;
    this.#picture.marks = log.entries
      .filter(({ outcome, plug }) => outcome === DONE && (!this.#plug || plug === this.#plug))
      .map(({ at, plug, to }) => ({ atMs: Date.parse(at), plug: names.get(plug) ?? plug, to }));
    this.#draw();
  }

  /**
   * @param {import('./chart.js').Picture} picture
   * @param {Shown} status
   * @returns {boolean} false: too much was missed, it has to be asked for
   */
  #append(picture, status) {
    const index = Math.floor((Date.parse(status.now) - picture.fromMs) / picture.stepMs);
    const length = picture.columns[0]?.watts.length ?? 0;
    if (index < length - 1) return true;
    if (index > length + MOST_MISSED_STEPS) return this.#loadedAtMs === 0;
    const watts = new Map(status.plugs.map((plug) => [plug.id, plug.watts]));
    for (const column of picture.columns) {
      for (let i = length; i < index; i++) column.watts[i] = null;
      column.watts[index] = watts.get(column.id) ?? null;
    }
    const extra = index + 1 - this.#steps();
    if (extra <= 0) return true;
    for (const column of picture.columns) column.watts.splice(0, extra);
    picture.fromMs += extra * picture.stepMs;
    const { intensity } = status;
    const last = picture.slots.at(-1);
    if (intensity && (!last || Date.parse(intensity.start) >= last.endMs)) {
      const [startMs, endMs] = [Date.parse(intensity.start), Date.parse(intensity.end)];
      picture.slots.push({ startMs, endMs, gramsPerKwh: intensity.gramsPerKwh });
    }
    picture.slots = picture.slots.filter(({ endMs }) => endMs > picture.fromMs);
    return true;
  }

  #steps() {
    const { ms, stepMs } = SPANS[this.#span] ?? SPANS[0];
    return Math.ceil(ms / stepMs);
  }

  #draw() {
    if (!this.#picture) return;
    this.#drawnAtMs = nowMs();
    const untilMs = Date.parse(this.#status.now);
    const running = this.#status.session ? [this.#status.session] : [];
    const past = this.#sessions.filter(({ id }) => id !== running[0]?.id);
    this.#picture.spans = [...past, ...running].flatMap((session) => spansOf(session, untilMs));
    this.#chart.show(this.#picture).catch(() => say(this.#trouble, t('loadFailed')));
  }

  #period() {
    const whole = this.#zoom ?? this.#fixed;
    const { ms, stepMs } = SPANS[this.#span] ?? SPANS[0];
    const toMs = Date.parse(this.#status.now);
    if (!whole) return { fromMs: toMs - ms, toMs, stepMs };
    return { ...whole, stepMs: stepFor(whole.toMs - whole.fromMs) };
  }

  /** @param {number} i */
  #choose(i) {
    this.#span = i;
    this.#look(null);
  }

  /** @param {Period | null} zoom */
  #look(zoom) {
    this.#zoom = zoom;
    this.#mark();
    this.load();
  }

  #mark() {
    show(this.#reset, this.#zoom !== null);
    for (const [i, button] of this.#buttons.entries())
      button.setAttribute('aria-pressed', String(i === this.#span && !this.#zoom));
  }
}

/**
 * Slots in their order, each reaching to the next where that is not far.
 * @param {import('./types.d.ts').Intensity[]} points
 * @returns {import('./chart.js').Slot[]}
 */
function heldSlots(points) {
  const slots = points
    .map(({ start, end, gramsPerKwh }) => ({ startMs: Date.parse(start), endMs: Date.parse(end), gramsPerKwh }))
    .toSorted((a, b) => a.startMs - b.startMs);
  return slots.map((slot, i) => {
    const nextMs = slots[i + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    return { ...slot, endMs: Math.min(nextMs, Math.max(slot.endMs, slot.startMs + HELD_MS)) };
  });
}

/**
 * Steps that make some 360 of a period, and whole minutes where it is long.
 * @param {number} lengthMs
 */
function stepFor(lengthMs) {
  const least = lengthMs / MOST_STEPS;
  const usual = [1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 900_000, 1_800_000, 3_600_000];
  return usual.find((stepMs) => stepMs >= least) ?? 86_400_000;
}

/**
 * The phases of a session on the time axis.
 * @param {Session} session
 * @param {number} untilMs the end of one that runs
 * @returns {import('./chart.js').Span[]}
 */
function spansOf({ phases, endedAt }, untilMs) {
  const endMs = endedAt === null ? untilMs : Date.parse(endedAt);
  return phases.map(({ phase, at }, i) => {
    const next = phases[i + 1];
    return { phase, fromMs: Date.parse(at), toMs: next ? Date.parse(next.at) : endMs };
  });
}
