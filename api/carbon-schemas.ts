/** What the carbon routes take and give, beside the measured energy of `schemas.ts`. */
import { z } from 'zod';
import { COMPONENTS, NETWORK_MODELS } from '../model/live-footprint.ts';
import { LADDER_MBPS, type Resolution } from '../model/live-parameters.ts';
import { LOCAL_HOURS } from '../model/local-day.ts';
import { PLUG_KINDS } from '../model/plug.ts';
import { LETTERS } from '../model/score.ts';
import { MEASURES } from '../model/whatif.ts';
import { LANGUAGES } from './badge.ts';
import { period } from './question-schemas.ts';
import { Footprint, Intensity } from './schemas.ts';

const time = z.iso.datetime();

export const ForecastAnswer = z
  .object({
    kind: z
      .enum(['forecast', 'typical'])
      .describe('typical: no provider forecasts; the mean of the same weekday and hour of the last four weeks'),
    points: z.array(Intensity).describe('Oldest first; empty when nothing is known of the future'),
    coveredUntil: time.nullable().describe('Nothing is known after this'),
    attributions: z.array(z.string()).describe('To be shown with these numbers'),
  })
  .meta({ id: 'IntensityForecast' });

export const ForecastQuery = z.strictObject(period);
export const BestSlotQuery = z.strictObject({
  ...period,
  durationMinutes: z.coerce.number().int().min(5).max(1440).describe('Length of the live'),
  hours: z
    .string()
    .regex(LOCAL_HOURS, { error: 'hours of the studio such as 18:00-23:00' })
    .optional()
    .describe("In which the whole live must fit, in the studio's time zone; over midnight when the end is earlier"),
  planned: period.from.describe('When you mean to start: the best time is compared with it'),
  watts: z.coerce
    .number()
    .positive()
    .max(1_000_000)
    .optional()
    .describe('Mean draw of the live; by default that of the last lives'),
});

const Slot = z.object({ start: time, end: time, gramsPerKwh: z.number().describe('Mean over the slot') });
const Comparison = z.object({
  slot: Slot,
  savedGrams: z.number().nullable().describe('gCO2e that the best time saves against it; null without watts'),
  savedShare: z.number().describe('0..1'),
});

export const BestSlotAnswer = z
  .object({
    kind: ForecastAnswer.shape.kind,
    provider: z.string().nullable(),
    factorType: z.enum(['lifecycle', 'direct']).nullable(),
    best: Slot.nullable().describe('null when the live fits nowhere in what is known'),
    now: Comparison.nullable().describe('Starting now; null when the live does not fit there'),
    planned: Comparison.nullable(),
    watts: z.number().nullable(),
    recommended: z
      .boolean()
      .describe('Moving saves at least 5 % and at least 5 g against the planned time, or else against now'),
    coveredUntil: time.nullable(),
    attributions: ForecastAnswer.shape.attributions,
    why: z.string().describe('In words'),
  })
  .meta({ id: 'BestSlot' });

export const Estimate = z
  .object({
    lowest: z.number().describe('Everything at its least'),
    low: z.number(),
    central: z.number(),
    high: z.number(),
    highest: z.number().describe('Everything at its most'),
  })
  .meta({
    id: 'Estimate',
    description: 'Low to high is the root-sum-square band. What is modelled has two significant figures',
  });

const Sci = z
  .object({
    sci: z.number().describe('gCO2e per R'),
    unit: z.string(),
    R: z.number(),
    boundary: z.array(z.string()),
    E_kWh: z.number(),
    I_g_per_kWh: z.number().nullable(),
    I_provider: z.array(z.string()),
    I_type: z.array(z.string()),
    M_g: z.number().describe('Making of the equipment'),
    O_modelled_g: z.number().describe('Platform, network and viewers, modelled'),
    quantification: z.enum(['measured', 'calculated']),
    excluded: z.array(z.string()),
    version: z.string(),
  })
  .meta({ id: 'Sci', description: 'Software Carbon Intensity, ISO/IEC 21031:2024' });

export const FootprintQuery = z.strictObject({
  network: z.enum(NETWORK_MODELS).optional().describe('Instead of the configured model'),
  sentBytes: z.coerce
    .number()
    .int()
    .min(0)
    .max(1e15)
    .optional()
    .describe('What the studio really sent; by default what OBS counted, else the usual bit rate stands in'),
});

export const WholeLive = z
  .object({
    session: z.string(),
    onAirHours: z.number(),
    measured: z
      .object({ wh: Estimate, grams: Estimate, footprint: Footprint })
      .describe('The electricity of the studio, metered. Never added to what is modelled'),
    audience: z
      .object({
        viewerHours: z.number(),
        meanViewers: z.number(),
        peakViewers: z.number(),
        figures: z.number().describe('How many figures were given'),
        guessedShare: z.number().describe('Share of the time on air before the first figure, counted with it'),
      })
      .nullable()
      .describe('null: nobody said how many were watching'),
    modelled: z
      .object({
        networkModel: z.enum(NETWORK_MODELS),
        components: z.array(
          z.object({
            component: z.enum(COMPONENTS),
            grams: Estimate.nullable().describe('null: depends on the viewers'),
          }),
        ),
        total: Estimate.nullable(),
        perViewer: Estimate.nullable().describe('g per viewer, on average'),
        perViewerHour: Estimate.nullable(),
        perMinuteOnAir: Estimate.nullable(),
        audiencePerViewerHour: Estimate.nullable().describe("Data centre, network and viewers' devices only"),
        otherNetworkModel: z
          .object({ networkModel: z.enum(NETWORK_MODELS), total: Estimate, difference: z.number() })
          .nullable()
          .describe('The total by the other network model, and by how many grams it differs'),
        deviceMaking: Estimate.nullable().describe("Making of the viewers' devices, by hours of use. Not in the total"),
      })
      .describe('gCO2e, modelled: nobody can measure it'),
    hardware: z.array(
      z.object({ item: z.string(), count: z.number(), grams: z.number(), source: z.string(), assumed: z.boolean() }),
    ),
    sci: z.object({ liveHour: Sci.nullable(), viewerHour: Sci.nullable() }),
    parameters: z.array(
      z.object({
        name: z.string(),
        low: z.number(),
        central: z.number(),
        high: z.number(),
        unit: z.string(),
        source: z.string(),
        assumed: z.boolean().describe('true: nobody publishes it, a guess of this project'),
      }),
    ),
  })
  .meta({ id: 'WholeLive' });

const Letter = z.enum(LETTERS).nullable();
const month = z
  .string()
  .regex(/^\d{4}-(0[1-9]|1[0-2])$/, { error: 'a month such as 2026-11' })
  .optional()
  .describe("In the studio's time zone; by default the running one");
const lang = z.enum(LANGUAGES).default('fr');

export const MonthQuery = z.strictObject({ month });
export const BadgeQuery = z.strictObject({ lang });
export const MonthBadgeQuery = z.strictObject({ lang, month });

export const Score = z
  .object({
    version: z.string().describe('Of the limits: letters of two versions are not compared'),
    energy: Letter.describe('By Wh per hour on air, measured'),
    climate: Letter.describe('By g per hour on air, measured, location-based, lifecycle'),
    overall: Letter.describe('The worse of energy and climate'),
    audience: Letter.describe('By g per viewer-hour, modelled: never part of the overall letter'),
    whPerLiveHour: z.number().nullable(),
    gramsPerLiveHour: z.number().nullable(),
    gramsPerViewerHour: z.number().nullable().describe('Modelled'),
    provisional: z.boolean().describe('Runs still, or ended less than 24 hours ago: intensities may be restated'),
    coverage: z.number(),
    origins: Footprint.shape.origins,
    because: z.array(z.string()).describe('Why a letter is missing'),
  })
  .meta({ id: 'Score' });

const rank = z.number().nullable().describe('Share of these lives that took more per hour on air; null: not known');
export const LiveScore = z
  .object({
    session: z.string(),
    score: Score,
    rank: z
      .object({ energy: rank, climate: rank, lives: z.number() })
      .describe('Among the twenty lives before it that have letters'),
  })
  .meta({ id: 'LiveScore' });
export const MonthScore = z.object({ month: z.string(), lives: z.number(), score: Score }).meta({ id: 'MonthScore' });

const Band = z.object({ low: z.number(), central: z.number(), high: z.number() });
const Standby = z.object({
  hours: z.number().describe('Watched'),
  meanWatts: z.number(),
  leastWatts: z.number().nullable().describe('The least mean of two hours'),
});
const HotSpot = z.object({
  key: z.string(),
  wh: z.number(),
  grams: z.number(),
  euros: z.number().nullable().describe('null: no tariff is configured'),
  share: z.number().describe('Of the energy of the studio, 0..1'),
  onAirWh: z.number(),
  betweenLivesWh: z.number(),
});

export const AuditQuery = z.strictObject(period);
export const Audit = z
  .object({
    from: time,
    to: time,
    byPlug: z.array(HotSpot).describe('Most first'),
    byKind: z.array(HotSpot),
    origins: Footprint.shape.origins,
    unpricedWh: Footprint.shape.unpricedWh,
    standby: z
      .array(
        z.object({
          plug: z.string(),
          name: z.string(),
          essential: z.boolean().describe('true: offair may not cut it as it is configured'),
          betweenLives: Standby,
          nights: Standby.nullable().describe('0:00 to 6:00'),
          weekends: Standby.nullable(),
          neverZero: z.boolean().describe('It was never off for two hours'),
          days: z.number().describe('On how many days it was watched'),
          savedPerYear: z.object({ kwh: Band, grams: Band.nullable(), euros: Band.nullable() }),
          thin: z.boolean().describe('Fewer than three days were watched: the band is a guess'),
          advice: z.string(),
        }),
      )
      .describe('Loads that draw between lives; the largest saving first'),
  })
  .meta({ id: 'Audit' });

const startTime = z.iso
  .datetime({ offset: true, error: 'an ISO-8601 time with its zone, such as 2026-11-24T18:00:00Z' })
  .transform((text) => Date.parse(text));
const minutes = z.int().min(1).max(1440);
const RESOLUTIONS = Object.keys(LADDER_MBPS) as [Resolution, ...Resolution[]];

export const WhatIfBody = z
  .strictObject({
    session: z.string().max(100).optional().describe('A past session, or:'),
    plan: z
      .strictObject({
        start: startTime,
        durationMinutes: minutes,
        viewers: z.int().min(0).max(1_000_000_000).nullable().default(null).describe('At a time, on average'),
        watts: z
          .partialRecord(z.enum(PLUG_KINDS).exclude(['solar']), z.number().min(0).max(100_000))
          .nullable()
          .default(null)
          .describe('Mean draw on air by kind of plug; by default that of the last lives'),
      })
      .optional(),
    scenarios: z
      .array(
        z.strictObject({
          name: z.string().trim().min(1).max(100),
          resolution: z.enum(RESOLUTIONS).optional().describe('Of what viewers receive; 540p is usual'),
          frameRate: z.union([z.literal(30), z.literal(60)]).optional(),
          durationMinutes: minutes.optional(),
          start: startTime.optional(),
          dimLightsPercent: z.number().min(0).max(100).optional(),
          halogenToLed: z.boolean().optional(),
          cameras: z.int().min(0).max(100).optional(),
          standbyCut: z.boolean().optional(),
          wifiShare: z.number().min(0).max(1).optional().describe('Share of the viewers on a fixed line'),
        }),
      )
      .min(1)
      .max(10),
  })
  .refine(({ session, plan }) => (session === undefined) !== (plan === undefined), {
    path: ['session'],
    error: 'either a session or a plan',
  });

const Measures = z.record(z.enum(MEASURES), Band.nullable());
const Outcome = z.object({
  name: z.string(),
  values: Measures,
  differences: Measures.describe('To the base. Parameters that both share move together'),
  notes: z.array(z.string()).describe('What the answer leaves out or rests on'),
});
export const WhatIf = z.object({ base: Outcome, scenarios: z.array(Outcome) }).meta({
  id: 'WhatIf',
  description: 'studio: measured energy of the live; standby: until the next live; modelled: the rest',
});
