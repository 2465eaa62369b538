import { deflateSync, inflateSync } from 'node:zlib';
import type { Reading } from '../../model/reading.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { Column } from './column.ts';
import { lineOf, type Template, templateOf } from './template.ts';

/** The readings of one flush, in the order they came, and the lines made of them and of other things. */
export interface Flush {
  readings: Reading[];
  lines: string[];
}

type Quantity = 'watts' | 'counterWh' | 'volts' | 'amps' | 'celsius' | 'relay' | 'lagMs' | 'words';
const QUANTITIES: readonly Quantity[] = ['watts', 'counterWh', 'volts', 'amps', 'celsius', 'relay', 'lagMs', 'words'];

interface PlugContext {
  name: string;
  columns: Record<Quantity, Column>;
  template: Template | null;
}

/** Only the watts of a flush: what the history is made of. */
export interface WattsSeries {
  plugs: string[];
  atMs: number[];
  watts: (number | null)[];
}

/** What a flush may build upon: the plugs of an earlier one, their last values and how their lines look. */
export interface Context {
  plugs: PlugContext[];
  /** Flags and feed, as JSON: few, and always the same. */
  words: string[];
}

const EMPTY: Context = { plugs: [], words: [] };

/** Codes of a line; beyond, so many readings have no line before the one that has this. */
const LITERAL_LINE = 0;
const NEW_TEMPLATE = 1;
const NEXT_READING = 2;
const MOST_SKIPPED = 8;

interface Head {
  readings: number;
  lines: number;
  plugs: string[];
  words: string[];
  templates: Template[];
  numbers: string[];
  texts: string[];
}

/**
 * Packs one flush into a few bytes a reading: column by column, each value as the difference to the plug's last one, and
 * a line that repeats its reading as nothing but its place. Times are whole ms.
 * @param base context of the earlier flush that this one builds upon; null: it stands by itself
 * @returns the context to build upon; `news` when it knows more plugs or lines than `base`
 */
export function pack(flush: Flush, base: Context | null): { body: Uint8Array; context: Context; news: boolean } {
  const context = copyOf(base ?? EMPTY);
  const head: Head = {
    readings: flush.readings.length,
    lines: 0,
    plugs: [],
    words: [],
    templates: [],
    numbers: [],
    texts: [],
  };
  head.lines = flush.lines.length;
  const bytes = new ByteWriter();
  const places = new Map(context.plugs.map(({ name }, place) => [name, place]));
  const plugs = flush.readings.map((reading) => {
    let place = places.get(reading.plug);
    if (place === undefined) {
      place = context.plugs.length;
      places.set(reading.plug, place);
      head.plugs.push(reading.plug);
      context.plugs.push(newPlug(reading.plug));
    }
    return place;
  });
  let expected = 0;
  for (const place of plugs) {
    bytes.signed(place - expected);
    expected = place + 1;
  }
  let lastMs = 0;
  for (const { atMs } of flush.readings) {
    bytes.signed(Math.trunc(atMs) - lastMs);
    lastMs = Math.trunc(atMs);
  }
  for (const quantity of QUANTITIES) {
    for (const [index, reading] of flush.readings.entries()) {
      const value = quantity === 'words' ? wordOf(reading, context, head) : quantityOf(reading, quantity);
      context.plugs[plugs[index] ?? 0]?.columns[quantity].write(value, bytes, head.numbers);
    }
  }
  packLines(flush, plugs, context, head, bytes);
  const news = head.plugs.length + head.words.length + head.templates.length > 0;
  return { body: deflateSync(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes.taken()])), context, news };
}

/** @throws Error when the bytes are not a flush that was packed upon `base` */
export function unpackWatts(body: Uint8Array, base: Context | null): WattsSeries {
  const { head, bytes } = opened(body);
  const names = [...(base ?? EMPTY).plugs.map(({ name }) => name), ...head.plugs];
  const columns = names.map((_, place) => base?.plugs[place]?.columns.watts.copy() ?? new Column());
  const { places, atMs } = unpackOrder(head, bytes, names.length);
  const numbers = head.numbers.values();
  const watts = places.map((place) => columns[place]?.read(bytes, numbers) ?? null);
  return { plugs: places.map((place) => names[place] ?? ''), atMs, watts };
}

/** @throws Error when the bytes are not a flush that was packed upon `base` */
export function unpack(body: Uint8Array, base: Context | null): Flush & { context: Context } {
  const { head, bytes } = opened(body);
  const context = copyOf(base ?? EMPTY);
  for (const name of head.plugs) context.plugs.push(newPlug(name));
  context.words.push(...head.words);
  const numbers = head.numbers.values();
  const { places, atMs: times } = unpackOrder(head, bytes, context.plugs.length);
  const plugs = places.flatMap((place) => context.plugs[place] ?? []);
  const columns = QUANTITIES.map((quantity) => plugs.map((plug) => plug.columns[quantity].read(bytes, numbers)));
  const [watts, counterWh, volts, amps, celsius, relay, lagMs, words] = columns;
  const known = context.words.map((word): [string[], Reading['feed']] => JSON.parse(word));
  const readings = plugs.map(({ name }, n): Reading => {
    const atMs = times[n] ?? 0;
    const [flags, feed] = known[words?.[n] ?? -1] ?? [[], 'polled'];
    const closed = relay?.[n] ?? null;
    return {
      plug: name,
      atMs,
      monotonicMs: atMs - (lagMs?.[n] ?? 0),
      watts: watts?.[n] ?? null,
      counterWh: counterWh?.[n] ?? null,
      relay: closed === null ? null : closed === 1,
      volts: volts?.[n] ?? null,
      amps: amps?.[n] ?? null,
      celsius: celsius?.[n] ?? null,
      flags: [...flags],
      feed,
    };
  });
  return { readings, lines: unpackLines(head, plugs, readings, bytes), context };
}

function opened(body: Uint8Array): { head: Head; bytes: ByteReader } {
  const all = inflateSync(body);
  const end = all.indexOf('\n');
  return { head: JSON.parse(all.toString('utf8', 0, end)), bytes: new ByteReader(all.subarray(end + 1)) };
}

/** Which plug each reading is of, and when it came. */
function unpackOrder(head: Head, bytes: ByteReader, plugs: number): { places: number[]; atMs: number[] } {
  let expected = 0;
  const places = Array.from({ length: head.readings }, () => {
    const place = expected + bytes.signed();
    if (place < 0 || place >= plugs) throw new RangeError(`there is no plug ${place}`);
    expected = place + 1;
    return place;
  });
  let lastMs = 0;
  const atMs = places.map(() => {
    lastMs += bytes.signed();
    return lastMs;
  });
  return { places, atMs };
}

function packLines(flush: Flush, plugs: number[], context: Context, head: Head, bytes: ByteWriter): void {
  let next = 0;
  for (const line of flush.lines) {
    const found = findReading(line, flush.readings, plugs, context, next);
    if (!found) {
      bytes.number(LITERAL_LINE);
      head.texts.push(line);
      continue;
    }
    if (found.template) {
      bytes.number(NEW_TEMPLATE);
      head.templates.push(found.template);
      const plug = context.plugs[plugs[found.index] ?? 0];
      if (plug) plug.template = found.template;
    }
    bytes.number(NEXT_READING + found.index - next);
    next = found.index + 1;
  }
}

/** The reading that this line was made of: the next one whose plug's lines look like it, or could. */
function findReading(
  line: string,
  readings: readonly Reading[],
  plugs: readonly number[],
  context: Context,
  from: number,
): { index: number; template: Template | null } | null {
  const to = Math.min(readings.length, from + MOST_SKIPPED);
  for (let index = from; index < to; index++) {
    const template = context.plugs[plugs[index] ?? 0]?.template;
    const reading = readings[index];
    if (template && reading && lineOf(template, reading) === line) return { index, template: null };
  }
  for (let index = from; index < to; index++) {
    const reading = readings[index];
    const template = reading && line.includes(reading.plug) ? templateOf(line, reading) : null;
    if (template) return { index, template };
  }
  return null;
}

function unpackLines(head: Head, plugs: PlugContext[], readings: readonly Reading[], bytes: ByteReader): string[] {
  const lines: string[] = [];
  const texts = head.texts.values();
  const templates = head.templates.values();
  let next = 0;
  for (let n = 0; n < head.lines; n++) {
    let code = bytes.number();
    if (code === LITERAL_LINE) {
      lines.push(texts.next().value ?? '');
      continue;
    }
    const fresh = code === NEW_TEMPLATE ? templates.next().value : null;
    if (fresh) code = bytes.number();
    const index = next + code - NEXT_READING;
    const [plug, reading] = [plugs[index], readings[index]];
    if (!plug || !reading) throw new RangeError(`there is no reading ${index}`);
    if (fresh) plug.template = fresh;
    if (!plug.template) throw new RangeError(`lines of ${plug.name} are not known`);
    lines.push(lineOf(plug.template, reading));
    next = index + 1;
  }
  return lines;
}

function quantityOf(reading: Reading, quantity: Exclude<Quantity, 'words'>): number | null {
  if (quantity === 'relay') return reading.relay === null ? null : Number(reading.relay);
  if (quantity === 'lagMs') return Math.round(reading.atMs - reading.monotonicMs);
  return reading[quantity];
}

function wordOf({ flags, feed }: Reading, context: Context, head: Head): number {
  const word = JSON.stringify([flags, feed]);
  const place = context.words.indexOf(word);
  if (place >= 0) return place;
  head.words.push(word);
  return context.words.push(word) - 1;
}

function newPlug(name: string): PlugContext {
  const columns = Object.fromEntries(QUANTITIES.map((quantity) => [quantity, new Column()]));
  return { name, columns: columns as PlugContext['columns'], template: null };
}

function copyOf({ plugs, words }: Context): Context {
  return {
    words: [...words],
    plugs: plugs.map(({ name, columns, template }) => ({
      name,
      template,
      columns: Object.fromEntries(
        QUANTITIES.map((quantity) => [quantity, columns[quantity].copy()]),
      ) as PlugContext['columns'],
    })),
  };
}
