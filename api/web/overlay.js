import { after } from './clock.js';
import { optionsOf } from './overlay-options.js';
import { follow } from './overlay-stream.js';
import { lowCarbonText, numberText, sourceText, UNKNOWN, wordsOf } from './overlay-words.js';

/** @typedef {import('./overlay-words.js').View} View */
/** @typedef {{ value: number, unit: string, decimals?: number, atLeast?: boolean }} Quantity */

/** A number that the daemon has not confirmed for so long is no longer shown. */
const TRUE_FOR_MS = 30_000;
const GLIDE_MS = 400;
/** The smallest type that anybody could read in a picture. */
const LEAST_PX = 6;

const options = optionsOf(location, navigator.language);
const { lang, show } = options;
const words = wordsOf(lang);
const still = matchMedia('(prefers-reduced-motion: reduce)');

/**
 * What each item shows; null when it is not known.
 * @type {Record<'watts' | 'rate' | 'grams', (view: View) => Quantity | null>}
 */
const QUANTITIES = {
  watts: ({ watts, complete }) =>
    watts === null ? null : { value: watts, unit: 'W', decimals: 0, atLeast: !complete },
  rate: ({ gramsPerHour, complete }) =>
    gramsPerHour === null ? null : { value: gramsPerHour, unit: 'g/h', atLeast: !complete },
  grams: ({ session }) => {
    const grams = session?.grams ?? null;
    if (grams === null) return null;
    return grams < 999.5 ? { value: grams, unit: 'g' } : { value: grams / 1000, unit: 'kg', decimals: 2 };
  },
};

/** @param {string} id */
function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

/**
 * @param {string} id
 * @param {string | null} text null: there is nothing to say
 */
function say(id, text) {
  const element = byId(id);
  element.hidden = text === null;
  element.textContent = text ?? '';
}

/** One number: a new one is reached in a short glide. */
class Figure {
  /** @type {number | null} */
  #shown = null;
  #unit = '';
  #glide = 0;

  /** @param {string} name of the item @param {string} label */
  constructor(name, label) {
    const box = document.createElement('div');
    const term = document.createElement('dt');
    this.number = document.createElement('span');
    this.unit = document.createElement('span');
    this.cell = document.createElement('dd');
    term.textContent = label;
    box.dataset.item = name;
    this.unit.className = 'unit';
    this.cell.append(this.number, this.unit);
    box.append(term, this.cell);
    byId('values').append(box);
  }

  /** @param {Quantity | null} quantity */
  show(quantity) {
    cancelAnimationFrame(this.#glide);
    this.cell.classList.toggle('unknown', quantity === null);
    if (quantity === null) {
      this.#shown = null;
      this.number.textContent = UNKNOWN;
      this.unit.textContent = '';
      return;
    }
    const { value, unit, decimals, atLeast } = quantity;
    const from = this.#unit === unit && !still.matches ? this.#shown : null;
    this.#unit = unit;
    this.unit.textContent = unit;
    const write = (/** @type {number} */ now) => {
      this.#shown = now;
      this.number.textContent = `${atLeast ? '≥\u202f' : ''}${numberText(now, lang, decimals)}`;
    };
    if (from === null || from === value) return write(value);
    let startMs = 0;
    const step = (/** @type {number} */ nowMs) => {
      startMs ||= nowMs;
      const part = Math.min(1, (nowMs - startMs) / GLIDE_MS);
      write(part === 1 ? value : from + (value - from) * (1 - (1 - part) ** 3));
      if (part < 1) this.#glide = requestAnimationFrame(step);
    };
    this.#glide = requestAnimationFrame(step);
  }
}

/** The letter as a tile; not there when there is none. */
class Letter {
  constructor() {
    this.box = document.createElement('div');
    this.term = document.createElement('dt');
    this.cell = document.createElement('dd');
    this.tile = document.createElement('span');
    this.box.dataset.item = 'letter';
    this.tile.className = 'letter';
    this.cell.append(this.tile);
    this.box.append(this.term, this.cell);
    this.box.hidden = true;
    byId('values').append(this.box);
  }

  /** @param {View['letter']} letter */
  show(letter) {
    this.box.hidden = letter === null;
    if (letter === null) return;
    this.term.textContent = letter.of === 'overall' ? words.letterOverall : words.letterEnergy;
    if (this.tile.textContent !== letter.value) {
      this.tile.classList.remove('pop');
      // Reading the layout lets the same animation begin anew.
      if (this.tile.offsetWidth > 0) this.tile.classList.add('pop');
    }
    this.tile.dataset.letter = letter.value;
    this.tile.textContent = letter.value;
  }
}

document.documentElement.lang = lang;
document.documentElement.dataset.theme = options.theme;
document.documentElement.dataset.corner = options.corner;
byId('demo').textContent = words.demo;
say('title', options.title || null);
byId('head').classList.toggle('empty', options.title === '');

/** @type {((view: View | null) => void)[]} */
const items = show.map((item) => {
  if (item === 'letter') {
    const letter = new Letter();
    return (view) => letter.show(view?.letter ?? null);
  }
  if (item === 'lowcarbon' || item === 'source') {
    const text = item === 'source' ? sourceText : lowCarbonText;
    return (view) => say(item, view?.intensity ? text(view.intensity, lang) : null);
  }
  const figure = new Figure(item, words[item]);
  return (view) => figure.show(view && QUANTITIES[item](view));
});

/** A source that is too small for its plate gets a smaller one: the half of a number would be another number. */
function shrink() {
  const plate = byId('overlay');
  const { documentElement: page } = document;
  const isCut = () => {
    const { top, left, right, bottom } = plate.getBoundingClientRect();
    return top < 0 || left < 0 || right > innerWidth || bottom > innerHeight || plate.scrollWidth > plate.clientWidth;
  };
  let px = (20 * options.sizePercent) / 100;
  page.style.fontSize = `${px}px`;
  for (; px > LEAST_PX && isCut(); px *= 0.9) page.style.fontSize = `${px * 0.9}px`;
}
shrink();
const resized = new ResizeObserver(() => requestAnimationFrame(shrink));
resized.observe(document.body);
resized.observe(byId('overlay'));

/** @param {View | null} view null: nothing is known any more */
function draw(view) {
  for (const item of items) item(view);
}

let cancelOld = () => {};
let seen = false;
draw(null);
// Only the fragment differs when somebody corrects the token: browsers do not load the page anew for that.
addEventListener('hashchange', () => location.reload());
follow(
  options.token,
  (view) => {
    seen = true;
    cancelOld();
    cancelOld = after(TRUE_FOR_MS, () => draw(null));
    byId('demo').hidden = !view.demo;
    byId('head').classList.toggle('empty', options.title === '' && !view.demo);
    say('problem', null);
    draw(view);
  },
  (refused) => {
    // For who sets it up; what was right before and is revoked during a live is nothing for its viewers.
    if (refused && !seen) say('problem', words.token);
  },
);
