/** Each provider, with an answer of it that can be bent: what the suite of ugly behaviours is run over. */
import { EdfIslands } from '../../adapters/carbon/edf-islands.ts';
import { ElectricityMaps } from '../../adapters/carbon/electricity-maps.ts';
import { EnergyCharts } from '../../adapters/carbon/energy-charts.ts';
import { Entsoe } from '../../adapters/carbon/entsoe.ts';
import { Neso } from '../../adapters/carbon/neso.ts';
import { RteOdre } from '../../adapters/carbon/rte-odre.ts';
import type { Clock } from '../../model/clock.ts';
import type { IntensitySource } from '../../model/ports.ts';
import type { StubReply } from '../support/grid-stub.ts';

const QUARTER_MS = 15 * 60_000;

/** One slot as a provider would tell it. */
export interface Told {
  startMs: number;
  /** What stands where its number stands; `undefined`: nothing. For a mix it is the megawatts of oil. */
  value: unknown;
  measured?: boolean;
  /** When the provider last changed it. */
  updatedMs?: number;
}

export interface GridCase {
  name: string;
  slotMs: number;
  make(clock: Clock, baseUrl: string): IntensitySource;
  /** The answer to a fetch, or to whatever must come before it. */
  answer(told: Told[], url: URL): StubReply;
  /** The answer to a forecast, of a provider that has one. */
  forecast?(told: Told[], url: URL): StubReply;
  /** What makes its answer one for another zone; absent where the answer names none. */
  wrongZone?: [from: string | RegExp, to: string];
  /** Says itself what is measured. */
  tellsStatus: boolean;
  /** Its number is the intensity; otherwise that is worked out of a mix. */
  isDirectNumber: boolean;
}

const iso = (ms: number) => new Date(ms).toISOString();
const minute = (ms: number) => `${iso(ms).slice(0, 16)}Z`;

const PLAN = { FR: { access: ['carbon-intensity/latest', 'carbon-intensity/history', 'carbon-intensity/forecast'] } };

function electricityMaps(api: 'v4' | 'v3'): GridCase {
  const rows = (told: Told[]) =>
    told.map(({ startMs, value, measured, updatedMs }) => ({
      zone: 'FR',
      carbonIntensity: value,
      datetime: iso(startMs),
      updatedAt: iso(updatedMs ?? startMs),
      emissionFactorType: 'lifecycle',
      isEstimated: !measured,
      estimationMethod: measured ? null : 'FORECASTS_HIERARCHY',
    }));
  return {
    name: `Electricity Maps ${api}`,
    slotMs: 4 * QUARTER_MS,
    make: (clock, baseUrl) =>
      new ElectricityMaps({ clock, baseUrl, token: 's3cret', zone: 'FR', api, factorType: 'lifecycle' }),
    answer: (told, url) => ({
      body: url.pathname.endsWith('/zones')
        ? PLAN
        : { zone: 'FR', history: rows(told), ...(api === 'v4' ? { temporalGranularity: 'hourly' } : {}) },
    }),
    forecast: (told) => ({
      body: {
        zone: 'FR',
        forecast: told.map(({ startMs, value }) => ({ carbonIntensity: value, datetime: iso(startMs) })),
        updatedAt: iso(0),
      },
    }),
    wrongZone: [/"zone":"FR"/g, '"zone":"GB"'],
    tellsStatus: true,
    isDirectNumber: true,
  };
}

function odre(factorType: 'direct' | 'lifecycle'): GridCase {
  const fuels = { charbon: 0, gaz: 0, nucleaire: 900, eolien: 0, solaire: 0, hydraulique: 100, bioenergies: 0 };
  return {
    name: `RTE éCO2mix, ${factorType}`,
    slotMs: QUARTER_MS,
    make: (clock, baseUrl) => new RteOdre({ clock, baseUrl, factorType }),
    answer: (told, url) => {
      const results = told.map(({ startMs, value, measured }) => ({
        date_heure: iso(startMs),
        perimetre: 'France',
        nature: measured ? 'Données consolidées' : 'Données temps réel',
        ...fuels,
        fioul: factorType === 'lifecycle' ? value : 0,
        taux_co2: value,
      }));
      const offset = Number(url.searchParams.get('offset'));
      return { body: { total_count: results.length, results: results.slice(offset, offset + 100) } };
    },
    wrongZone: [/"France"/g, '"Bretagne"'],
    tellsStatus: true,
    isDirectNumber: factorType === 'direct',
  };
}

/** Columns of Réunion. */
const REUNION = { bioenergies: 50, charbon: 80, diesel: 60, hydraulique: 70, photovoltaique: 40, eolien: 5 };

const edf: GridCase = {
  name: 'EDF open data',
  slotMs: QUARTER_MS,
  make: (clock, baseUrl) => new EdfIslands({ clock, baseUrl, zone: 'RE', factorType: 'lifecycle' }),
  answer: (told) => ({
    body: told.map(({ startMs, value, measured }) => ({
      date: iso(startMs).replace('Z', '+00:00'),
      statut: measured ? 'Validé' : 'Estimé',
      ...REUNION,
      turbines_combustion: value === undefined ? null : value,
    })),
  }),
  tellsStatus: true,
  isDirectNumber: false,
};

function neso(region?: string): GridCase {
  const rows = (told: Told[], column: 'actual' | 'forecast') =>
    told.map(({ startMs, value }) => ({
      from: minute(startMs),
      to: minute(startMs + 2 * QUARTER_MS),
      intensity: region || column === 'forecast' ? { forecast: value } : { actual: value, index: 'low' },
    }));
  const wrapped = (data: unknown[]) => ({
    body: region ? { data: { regionid: 3, postcode: region, data } } : { data },
  });
  return {
    name: region ? 'NESO, regional' : 'NESO',
    slotMs: 2 * QUARTER_MS,
    make: (clock, baseUrl) => new Neso({ clock, baseUrl, region }),
    answer: (told) => wrapped(rows(told, 'actual')),
    forecast: (told) => wrapped(rows(told, 'forecast')),
    ...(region ? { wrongZone: [`"${region}"`, '"SW1"'] as [string, string] } : {}),
    tellsStatus: false,
    isDirectNumber: true,
  };
}

const energyCharts: GridCase = {
  name: 'Energy-Charts',
  slotMs: QUARTER_MS,
  make: (clock, baseUrl) => new EnergyCharts({ clock, baseUrl, zone: 'FR' }),
  answer: (told) => ({
    body: {
      unix_seconds: told.map(({ startMs }) => startMs / 1000),
      co2eq: told.map(({ value }) => value ?? null),
      co2eq_forecast: told.map(() => null),
      deprecated: false,
    },
  }),
  forecast: (told) => ({
    body: {
      unix_seconds: told.map(({ startMs }) => startMs / 1000),
      co2eq: told.map(() => null),
      co2eq_forecast: told.map(({ value }) => value),
      deprecated: false,
    },
  }),
  tellsStatus: false,
  isDirectNumber: true,
};

/** One period per slot, in the order told. */
const entsoe: GridCase = {
  name: 'ENTSO-E',
  slotMs: QUARTER_MS,
  make: (clock, baseUrl) => new Entsoe({ clock, baseUrl, token: 's3cret', zone: 'FR', factorType: 'lifecycle' }),
  answer: (told) => {
    const series = (type: string, quantity: (one: Told) => unknown) =>
      `<TimeSeries><inBiddingZone_Domain.mRID codingScheme="A01">10YFR-RTE------C</inBiddingZone_Domain.mRID>
      <curveType>A03</curveType><MktPSRType><psrType>${type}</psrType></MktPSRType>${told
        .map((one) => {
          const point = `<Point><position>1</position><quantity>${quantity(one)}</quantity></Point>`;
          return `<Period><timeInterval><start>${minute(one.startMs)}</start><end>${minute(one.startMs + QUARTER_MS)}</end>
          </timeInterval><resolution>PT15M</resolution>${quantity(one) === undefined ? '' : point}</Period>`;
        })
        .join('')}</TimeSeries>`;
    return {
      body: `<?xml version="1.0"?><GL_MarketDocument>${series('B14', () => 900)}${series('B06', ({ value }) => value)}</GL_MarketDocument>`,
    };
  },
  wrongZone: [/10YFR-RTE------C/g, '10YBE----------2'],
  tellsStatus: false,
  isDirectNumber: false,
};

export const GRID_CASES: GridCase[] = [
  electricityMaps('v4'),
  electricityMaps('v3'),
  odre('direct'),
  odre('lifecycle'),
  edf,
  neso(),
  neso('RG10'),
  energyCharts,
  entsoe,
];
