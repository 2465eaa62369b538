import { QUARTER_HOUR_MS } from '../../model/energy.ts';
import type { WorldFuel } from '../../model/grid-factors.ts';
import { numberOf, timeOf } from './values.ts';
import { parseXml, type XmlElement } from './xml.ts';

/** What each fuel produced in the quarter hour that starts at `startMs`. */
export interface Generation {
  startMs: number;
  megawatts: Partial<Record<WorldFuel, number>>;
}

/** ENTSO-E's production types. B10 (pumped storage) and B25 (other storage) make nothing; the rest is "other". */
const FUELS: Record<string, WorldFuel> = {
  B01: 'biomass',
  B02: 'coal',
  // Gas out of coal, as from blast furnaces.
  B03: 'gas',
  B04: 'gas',
  B05: 'coal',
  B06: 'oil',
  // Oil shale and peat: as much carbon as coal.
  B07: 'coal',
  B08: 'coal',
  B09: 'geothermal',
  B11: 'hydro',
  B12: 'hydro',
  B14: 'nuclear',
  B16: 'solar',
  B17: 'biomass',
  B18: 'wind',
  B19: 'wind',
};
const STORAGE = new Set(['B10', 'B25']);
const RESOLUTION_MS: Record<string, number> = {
  PT15M: QUARTER_HOUR_MS,
  PT30M: 2 * QUARTER_HOUR_MS,
  PT60M: 4 * QUARTER_HOUR_MS,
};
/** The reason code of "no matching data". */
const NO_DATA = '999';
/** The longest period that one query may be for is a year. */
const MAX_QUARTERS = 366 * 96;

/**
 * Reads an A75 document: the production of each quarter hour for which every fuel of the document has a value. Fuels
 * end at different times: before the last one is in, the mix would be another one.
 * @param domain the code that was asked for
 * @returns oldest first; empty when the platform has no data
 * @throws Error that says what is wrong with it
 */
export function readGeneration(document: string, domain: string): Generation[] {
  let root: XmlElement;
  try {
    root = parseXml(document);
  } catch (error) {
    throw new Error(`its answer is no XML, or a part of it: ${(error as Error).message}`);
  }
  if (root.name === 'Acknowledgement_MarketDocument') {
    const reason = child(root, 'Reason');
    if (textOf(reason, 'code') === NO_DATA) return [];
    throw new Error(`it answered ${textOf(reason, 'code')}, ${textOf(reason, 'text')}`);
  }
  if (root.name !== 'GL_MarketDocument') throw new Error(`its answer is a ${root.name}, not generation by fuel`);

  /** Megawatts by production type, then by quarter hour. */
  const series = new Map<string, Map<number, number>>();
  for (const each of root.children.filter(({ name }) => name === 'TimeSeries')) {
    // A series with an out-domain is what is consumed: pumps.
    const answered = textOf(each, 'inBiddingZone_Domain.mRID');
    if (answered === '' && textOf(each, 'outBiddingZone_Domain.mRID') !== '') continue;
    if (answered !== domain) throw new Error(`it answered for ${answered || 'no domain'} when asked for ${domain}`);
    const type = textOf(child(each, 'MktPSRType'), 'psrType');
    if (STORAGE.has(type)) continue;
    const megawatts = series.get(type) ?? new Map<number, number>();
    series.set(type, megawatts);
    for (const period of each.children.filter(({ name }) => name === 'Period'))
      readPeriod(period, textOf(each, 'curveType'), megawatts);
  }
  const times = new Set([...series.values()].flatMap((one) => [...one.keys()]));
  return [...times]
    .filter((startMs) => [...series.values()].every((one) => one.has(startMs)))
    .sort((a, b) => a - b)
    .map((startMs) => ({ startMs, megawatts: mixAt(series, startMs) }));
}

function mixAt(series: ReadonlyMap<string, ReadonlyMap<number, number>>, startMs: number): Generation['megawatts'] {
  const megawatts: Generation['megawatts'] = {};
  for (const [type, values] of series) {
    const fuel = FUELS[type] ?? 'unknown';
    megawatts[fuel] = (megawatts[fuel] ?? 0) + Math.max(0, values.get(startMs) ?? 0);
  }
  return megawatts;
}

/** A01 has every point. A03 leaves out those that repeat the one before, also at the end. */
function readPeriod(period: XmlElement, curveType: string, megawatts: Map<number, number>): void {
  const interval = child(period, 'timeInterval');
  const startMs = timeOf(textOf(interval, 'start'));
  const endMs = timeOf(textOf(interval, 'end'));
  const resolution = textOf(period, 'resolution');
  const stepMs = RESOLUTION_MS[resolution];
  if (startMs === null || endMs === null || startMs % QUARTER_HOUR_MS !== 0)
    throw new Error('a period of its answer has no start and end on a quarter hour');
  if (stepMs === undefined) throw new Error(`its answer has a resolution of ${resolution || 'nothing'}`);
  if (curveType !== 'A01' && curveType !== 'A03') throw new Error(`its answer has the curve type ${curveType}`);
  const count = (endMs - startMs) / stepMs;
  if (!Number.isInteger(count) || count < 0 || count > MAX_QUARTERS)
    throw new Error(`a period of its answer is not whole steps of ${resolution}`);

  const given = new Map<number, number>();
  for (const point of period.children.filter(({ name }) => name === 'Point')) {
    const position = numberOf(textOf(point, 'position'));
    const quantity = numberOf(textOf(point, 'quantity'));
    if (position === null || position < 1 || position > count)
      throw new Error('a point of its answer lies outside its period');
    if (quantity !== null) given.set(position, quantity);
  }
  let last: number | undefined;
  for (let position = 1; position <= count; position += 1) {
    last = given.get(position) ?? (curveType === 'A03' ? last : undefined);
    if (last === undefined) continue;
    const stepStartMs = startMs + (position - 1) * stepMs;
    for (let atMs = stepStartMs; atMs < stepStartMs + stepMs; atMs += QUARTER_HOUR_MS) megawatts.set(atMs, last);
  }
}

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

function textOf(element: XmlElement | undefined, name: string): string {
  return child(element, name)?.text ?? '';
}
