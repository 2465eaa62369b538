import type { PlugKind } from './plug.ts';
import type { Estimate } from './uncertainty.ts';

/** What making, carrying and scrapping one piece of studio equipment emits, and how long it serves. */
export interface Equipment {
  kgCo2e: Estimate;
  lifeYears: number;
  source: string;
  /** No public figure: put the maker's own in its place. */
  assumed: boolean;
}

/** Makers' own figures differ by this much for alike things. */
const SPREAD = 0.3;

function ademe(kg: number, lifeYears: number): Equipment {
  return {
    kgCo2e: { low: kg * (1 - SPREAD), central: kg, high: kg * (1 + SPREAD) },
    lifeYears,
    source: 'ADEME, publicodes-acv-numerique 2.1.0; ±30 % as makers differ',
    assumed: false,
  };
}
function placeholder(low: number, central: number, high: number, lifeYears: number): Equipment {
  return { kgCo2e: { low, central, high }, lifeYears, source: 'no public figure found: an assumption', assumed: true };
}

const EQUIPMENT = {
  desktop: ademe(268.6, 6),
  laptop: ademe(185.1, 5),
  monitor: ademe(69.8, 6),
  smartphone: ademe(79.5, 2.5),
  tablet: ademe(84.3, 3),
  tv: ademe(340.2, 8),
  router: ademe(63, 5),
  ssd: ademe(135, 5),
  hdd: ademe(11.9, 5),
  speaker: ademe(20.5, 5),
  console: ademe(284.8, 6),
  camera: placeholder(30, 70, 150, 6),
  'led-panel': placeholder(15, 40, 100, 8),
  'capture-card': placeholder(10, 20, 40, 6),
  mixer: placeholder(30, 60, 120, 6),
  microphone: placeholder(5, 10, 20, 6),
} satisfies Record<string, Equipment>;
export type EquipmentName = keyof typeof EQUIPMENT;
export const EQUIPMENT_NAMES = Object.keys(EQUIPMENT) as [EquipmentName, ...EquipmentName[]];

/** Equipment of the studio, as configured: the maker's figures take the place of the table's. */
export interface Kit {
  item: EquipmentName;
  count: number;
  kgCo2e?: number | undefined;
  lifeYears?: number | undefined;
}

const OF_KIND: Partial<Record<PlugKind, EquipmentName>> = {
  camera: 'camera',
  light: 'led-panel',
  pc: 'desktop',
  encoder: 'desktop',
  monitor: 'monitor',
  audio: 'mixer',
  network: 'router',
  projector: 'tv',
};

/** What stands in for a list of the equipment: one piece behind each plug, by its kind. */
export function kitOfPlugs(kinds: readonly PlugKind[]): Kit[] {
  const items = kinds.map((kind) => OF_KIND[kind]).filter((item) => item !== undefined);
  return [...Map.groupBy(items, (item) => item)].map(([item, alike]) => ({ item, count: alike.length }));
}

/** use-hours: spread over the hours in which it is used; calendar: over all hours of its life. */
export type Allocation = 'use-hours' | 'calendar';

const HOURS_PER_YEAR = 8766;
const WEEKS_PER_YEAR = 365.25 / 7;

/** Each kind of equipment, with the grams of `hours` of its use. */
export function embodiedGrams(
  kit: readonly Kit[],
  hours: number,
  hoursPerWeek: number,
  allocation: Allocation,
): { item: EquipmentName; count: number; grams: Estimate; source: string; assumed: boolean }[] {
  return kit.map(({ item, count, kgCo2e, lifeYears }) => {
    const known = EQUIPMENT[item];
    const years = lifeYears ?? known.lifeYears;
    const lifeHours = years * (allocation === 'calendar' ? HOURS_PER_YEAR : WEEKS_PER_YEAR * hoursPerWeek);
    const grams = (kg: number) => (count * kg * 1000 * hours) / lifeHours;
    const own = kgCo2e !== undefined;
    const { low, central, high } = own ? { low: kgCo2e, central: kgCo2e, high: kgCo2e } : known.kgCo2e;
    return {
      ...{ item, count, grams: { low: grams(low), central: grams(central), high: grams(high) } },
      ...{ source: own ? "the maker's figure, as configured" : known.source, assumed: !own && known.assumed },
    };
  });
}
