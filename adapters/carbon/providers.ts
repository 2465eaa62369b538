import type { Clock } from '../../model/clock.ts';
import { IntensityUnavailable } from '../../model/errors.ts';
import type { IntensityPoint } from '../../model/intensity.ts';
import type { IntensitySource } from '../../model/ports.ts';
import { EdfIslands, edfKnows } from './edf-islands.ts';
import { ElectricityMaps } from './electricity-maps.ts';
import { EnergyCharts, energyChartsKnows } from './energy-charts.ts';
import { Entsoe, entsoeKnows } from './entsoe.ts';
import { Neso, type NesoRegion } from './neso.ts';
import { RteOdre } from './rte-odre.ts';
import type { WattTimePlace } from './watttime.ts';

/** As they stand in `carbon.providers`; in this order they are asked where nothing else is said. */
export const PROVIDER_NAMES = ['rte-odre', 'edf', 'neso', 'energy-charts', 'electricity-maps', 'entsoe'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

type FactorType = IntensityPoint['factorType'];

/** A secret is read at the start: asking again changes nothing. */
const DAY_MS = 24 * 3_600_000;

/** What the studio says of its grid. */
export interface GridSettings {
  /** As Electricity Maps names it: an ISO 3166 code (`FR`), or a part of a country (`FR-COR`, `CA-QC`). */
  zone: string;
  /** undefined: what the first of the providers counts. */
  factorType?: FactorType | undefined;
  /** In order of preference; undefined: those of the zone. */
  providers?: readonly ProviderName[] | undefined;
  electricityMapsApi?: 'v4' | 'v3' | undefined;
  nesoRegion?: NesoRegion | undefined;
  wattTime?: WattTimePlace | undefined;
}

interface Making extends GridSettings {
  clock: Clock;
  factorType: FactorType;
  /** Of the provider; '' for one that has none. */
  token: string;
}

interface Provider {
  factorTypes: readonly FactorType[];
  serves(zone: string): boolean;
  /** Name of the secret it can't do without. */
  secret: string | null;
  make(making: Making): IntensitySource;
}

const BOTH: readonly FactorType[] = ['lifecycle', 'direct'];

const PROVIDERS: Record<ProviderName, Provider> = {
  'rte-odre': {
    factorTypes: BOTH,
    serves: (zone) => zone === 'FR',
    secret: null,
    make: (making) => new RteOdre(making),
  },
  edf: {
    factorTypes: BOTH,
    serves: edfKnows,
    secret: null,
    make: (making) => new EdfIslands(making),
  },
  neso: {
    factorTypes: ['direct'],
    serves: (zone) => zone === 'GB',
    secret: null,
    make: ({ clock, nesoRegion }) => new Neso({ clock, region: nesoRegion }),
  },
  'energy-charts': {
    factorTypes: ['lifecycle'],
    serves: energyChartsKnows,
    secret: null,
    make: (making) => new EnergyCharts(making),
  },
  'electricity-maps': {
    factorTypes: BOTH,
    serves: () => true,
    secret: 'electricitymaps_token',
    make: ({ electricityMapsApi, ...making }) => new ElectricityMaps({ ...making, api: electricityMapsApi ?? 'v4' }),
  },
  entsoe: {
    factorTypes: BOTH,
    serves: entsoeKnows,
    secret: 'entsoe_token',
    make: (making) => new Entsoe(making),
  },
};

/** Where another order is better than the general one. */
const ORDER_OF_ZONE: Record<string, readonly ProviderName[]> = {
  GB: ['neso', 'electricity-maps', 'energy-charts', 'entsoe'],
};

/** What the studio counts: what it says, else lifecycle unless its first provider only has the other. */
export function factorTypeOf({ zone, factorType, providers }: GridSettings): FactorType {
  const first = (providers ?? orderOf(zone))[0];
  return factorType ?? (first && !PROVIDERS[first].factorTypes.includes('lifecycle') ? 'direct' : 'lifecycle');
}

/** Why a provider can't be used for this grid, in words; null when it can. */
export function whyNot(name: ProviderName, settings: GridSettings): string | null {
  const { serves, factorTypes } = PROVIDERS[name];
  if (!serves(settings.zone)) return `a provider that knows the zone ${settings.zone}: ${name} does not`;
  const factorType = factorTypeOf(settings);
  return factorTypes.includes(factorType) ? null : `a provider of ${factorType} factors: ${name} has none`;
}

/**
 * The sources of a grid, in the order in which they are asked. Without its secret a provider is left out, unless it was
 * named: then it says what is missing.
 */
export function sourcesOf(
  settings: GridSettings,
  { clock, secret }: { clock: Clock; secret(name: string): string | undefined },
): IntensitySource[] {
  const factorType = factorTypeOf(settings);
  return (settings.providers ?? orderOf(settings.zone)).flatMap((name) => {
    if (whyNot(name, settings) !== null) return [];
    const provider = PROVIDERS[name];
    const token = provider.secret === null ? '' : secret(provider.secret);
    if (token === undefined) return settings.providers ? [withoutSecret(name, provider.secret)] : [];
    return [provider.make({ ...settings, clock, factorType, token })];
  });
}

function orderOf(zone: string): readonly ProviderName[] {
  return ORDER_OF_ZONE[zone] ?? PROVIDER_NAMES.filter((name) => PROVIDERS[name].serves(zone));
}

function withoutSecret(provider: string, secret: string | null): IntensitySource {
  return {
    provider,
    fetch: async () => {
      throw new IntensityUnavailable(`${provider} can't be asked: give the secret ${secret}`, DAY_MS);
    },
  };
}
