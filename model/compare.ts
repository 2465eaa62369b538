import { ITEMS, type Item, type QuarterReport, type SizeClass } from './quarter.ts';

/** Fewer reports than this of the same size: those of all sizes are compared with. */
const LEAST_ALIKE = 3;

/** Where a studio stands in one item. Less is better in each of them. */
export interface Standing {
  item: Item;
  own: number | null;
  /** Of the others; null when none of them knows the item. */
  median: number | null;
  /** Share of the others that have more, 0..1; half of those that have as much. */
  betterThan: number | null;
  /** How many others know the item. */
  of: number;
}

export interface Comparison {
  /** Of which size the others are; null: of any, there are too few of the same. */
  sizeClass: SizeClass | null;
  reports: number;
  items: Standing[];
  /** How the Wh per hour on air went from the first half of the quarter's lives to the second: -0.1 is ten per cent less. */
  trend: { own: number | null; median: number | null; of: number };
  /** What limits the comparison, one sentence each. */
  notes: string[];
}

/** Places a studio's quarter among those of others, item by item. The same report among them is not counted. */
export function compare(own: QuarterReport, given: readonly QuarterReport[]): Comparison {
  const others = given.filter((report) => JSON.stringify(report) !== JSON.stringify(own));
  const alike = others.filter(({ sizeClass }) => sizeClass === own.sizeClass);
  const enough = alike.length >= LEAST_ALIKE;
  const reports = enough ? alike : others;
  const trends = reports.flatMap((report) => trendOf(report) ?? []);
  return {
    sizeClass: enough ? own.sizeClass : null,
    reports: reports.length,
    items: ITEMS.map((item) => standing(item, own, reports)),
    trend: { own: trendOf(own), median: medianOf(trends), of: trends.length },
    notes: notesOn(own, reports, enough),
  };
}

function standing(item: Item, own: QuarterReport, reports: readonly QuarterReport[]): Standing {
  const value = own.items[item];
  const others = reports.map((report) => report.items[item]).filter((one) => one !== null);
  const more = others.filter((one) => value !== null && one > value).length;
  const same = others.filter((one) => one === value).length;
  return {
    ...{ item, own: value, median: medianOf(others), of: others.length },
    betterThan: value === null || others.length === 0 ? null : (more + same / 2) / others.length,
  };
}

/** By the hours on air of the first half of its weeks with lives and of the second; null with fewer than two. */
function trendOf({ weeks }: QuarterReport): number | null {
  const half = Math.floor(weeks.length / 2);
  const mean = (part: QuarterReport['weeks']) => {
    const hours = part.reduce((sum, { onAirHours }) => sum + onAirHours, 0);
    const wh = part.reduce((sum, { onAirHours, whPerLiveHour }) => sum + onAirHours * whPerLiveHour, 0);
    return hours > 0 ? wh / hours : 0;
  };
  const first = mean(weeks.slice(0, half));
  return half > 0 && first > 0 ? mean(weeks.slice(weeks.length - half)) / first - 1 : null;
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function notesOn(own: QuarterReport, reports: readonly QuarterReport[], enough: boolean): string[] {
  const differs = (of: (report: QuarterReport) => string) => reports.some((report) => of(report) !== of(own));
  const factors = ({ intensityFrom }: QuarterReport) =>
    [...new Set(intensityFrom.map(({ factorType }) => factorType))].sort().join();
  return [
    ...(enough
      ? []
      : [`Fewer than ${LEAST_ALIKE} reports are of size ${own.sizeClass}: those of all sizes are taken.`]),
    ...(differs(({ country }) => country)
      ? ['The reports are of several countries: grams compare their grids too.']
      : []),
    ...(differs(factors) ? ['Some count lifecycle intensity and some direct: their grams do not compare.'] : []),
    ...(differs(({ quarter }) => quarter) ? ['The reports are of several quarters.'] : []),
    ...([own, ...reports].some(({ complete }) => !complete) ? ['Some were made before their quarter was over.'] : []),
  ];
}
