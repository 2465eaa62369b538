import type { Reading } from '../../model/reading.ts';

/** Quantities of a reading that a line may repeat, in the order in which they are looked for. */
const QUANTITIES: readonly ((reading: Reading) => number | null)[] = [
  (reading) => Math.trunc(reading.atMs),
  (reading) => reading.watts,
  (reading) => reading.counterWh,
  (reading) => reading.volts,
  (reading) => reading.amps,
  (reading) => reading.celsius,
  (reading) => (reading.relay === null ? null : Number(reading.relay)),
];

/** A number that stands by itself in a line of line protocol. */
const NUMBER = /(?<=[= ])-?\d[\d.e+-]*(?=[, ]|$)/g;

/** A line with places where a reading's quantities go: text, place, text, place, …, text. */
export type Template = (string | number)[];

/**
 * What the line says beyond the reading it was made of; null when it repeats too little of it. A line that was taken
 * apart is put together again byte for byte: `lineOf(templateOf(line, reading), reading) === line`.
 */
export function templateOf(line: string, reading: Reading): Template | null {
  const values = QUANTITIES.map((quantity) => textOf(quantity(reading)));
  const template: Template = [];
  let doneTo = 0;
  for (const { 0: text, index } of line.matchAll(NUMBER)) {
    const place = values.indexOf(text);
    if (place < 0) continue;
    template.push(line.slice(doneTo, index), place);
    doneTo = index + text.length;
  }
  template.push(line.slice(doneTo));
  return template.includes(0) ? template : null;
}

export function lineOf(template: Template, reading: Reading): string {
  let line = '';
  for (const part of template) line += typeof part === 'string' ? part : textOf(QUANTITIES[part]?.(reading) ?? null);
  return line;
}

function textOf(value: number | null): string {
  return value === null ? 'null' : String(value);
}
