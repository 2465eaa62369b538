import { html, type Markup } from './html.ts';

export type Weight = 400 | 600 | 800;
/** How wide a text is in the font of the posters, px. */
export type Measure = (text: string, size: number, weight: Weight) => number;

/** On a dark ground. */
const INK = '#f4f6f8';
export const SOFT = '#aab4bf';

interface Type {
  size: number;
  weight?: Weight;
  fill?: string;
  anchor?: 'start' | 'end';
  /** The widest it may get: then it is set smaller, and cut where that is not enough. */
  width?: number;
}

/** Sets text that stays within its width. */
export class Pen {
  readonly #measure: Measure;

  constructor(measure: Measure) {
    this.#measure = measure;
  }

  text(words: string, x: number, y: number, { size, weight = 400, fill = INK, anchor = 'start', width }: Type): Markup {
    const least = size * 0.7;
    const fitting = width === undefined ? size : Math.min(size, (size * width) / this.#measure(words, size, weight));
    const [set, shown] = fitting >= least ? [fitting, words] : [least, this.#cut(words, least, weight, width ?? 0)];
    return html`<text x="${round(x)}" y="${round(y)}" font-size="${round(set)}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}" xml:space="preserve">${shown}</text>`;
  }

  /** The large number with its unit on the same line. */
  figure(
    [value, unit]: readonly [string, string],
    x: number,
    y: number,
    { size, width }: { size: number; width: number },
  ): Markup[] {
    const [unitShare, gap] = [0.42, 0.13];
    const wide = this.#measure(value, size, 800) + size * gap + this.#measure(unit, size * unitShare, 600);
    const fitting = Math.min(size, (size * width) / wide);
    const unitX = x + this.#measure(value, fitting, 800) + fitting * gap;
    return [
      this.text(value, x - fitting * 0.04, y, { size: fitting, weight: 800 }),
      this.text(unit, unitX, y, { size: fitting * unitShare, weight: 600, fill: SOFT }),
    ];
  }

  lines(
    words: string,
    x: number,
    y: number,
    { most, ...type }: Type & { width: number; most: number },
  ): { marks: Markup[]; bottom: number } {
    const { size, weight = 400, width } = type;
    const lines: string[] = [];
    for (const word of words.split(' ')) {
      const last = lines.at(-1);
      const longer = last === undefined ? word : `${last} ${word}`;
      if (last === undefined || (this.#measure(longer, size, weight) > width && lines.length < most)) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    const height = size * (weight === 800 ? 1.12 : 1.36);
    const marks = lines.map((line, index) =>
      this.text(this.#cut(line, size, weight, width), x, y + index * height, type),
    );
    return { marks, bottom: y + (lines.length - 1) * height };
  }

  #cut(words: string, size: number, weight: Weight, width: number): string {
    if (this.#measure(words, size, weight) <= width) return words;
    const characters = [...words];
    let [fits, over] = [0, characters.length];
    while (over - fits > 1) {
      const middle = Math.floor((fits + over) / 2);
      if (this.#measure(`${characters.slice(0, middle).join('')}…`, size, weight) <= width) fits = middle;
      else over = middle;
    }
    return `${characters.slice(0, fits).join('').trimEnd()}…`;
  }
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
