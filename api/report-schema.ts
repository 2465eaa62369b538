import { z } from 'zod';
import { COMPONENTS, NETWORK_MODELS } from '../model/live-footprint.ts';
import { PLUG_KINDS } from '../model/plug.ts';
import { SESSION_PHASES } from '../model/ports.ts';
import { REPORT_VERSION, type Report } from '../model/report.ts';
import { LETTERS } from '../model/score.ts';
import { Estimate, LiveScore, Score, WholeLive } from './carbon-schemas.ts';
import { Footprint } from './schemas.ts';

const time = z.iso.datetime();
const grams = z.number().nullable().describe('gCO2e; null: not known');
const Item = z.object({
  key: z.string(),
  name: z.string(),
  kind: z.enum(PLUG_KINDS),
  wh: z.number(),
  grams,
  share: z.number().describe('Of the energy of the session, 0..1'),
  onAirWh: z.number(),
});
const Band = z.object({ low: z.number(), central: z.number(), high: z.number() });

/** What a report says, as data. */
export const ReportSchema = z
  .object({
    version: z.literal(REPORT_VERSION),
    generatedAt: time,
    demo: z.boolean(),
    studio: z.object({ name: z.string(), country: z.string(), timeZone: z.string() }),
    session: z.object({
      id: z.string(),
      title: z.string().nullable(),
      startedAt: time,
      endedAt: time.nullable(),
      seconds: z.number(),
      onAirSeconds: z.number(),
      phases: z.array(z.object({ phase: z.enum(SESSION_PHASES), from: time, to: time, wh: z.number() })),
    }),
    revision: z
      .object({ at: time, byGrams: z.number() })
      .nullable()
      .describe('What providers have changed since the end of the live: when last, and by how much'),
    measured: z
      .object({
        wh: Estimate,
        grams: Estimate.nullable(),
        footprint: Footprint,
        gramsPerKwh: z.number().nullable(),
        meanWattsOnAir: z.number().nullable(),
        whPerMinuteOnAir: z.number().nullable(),
        gramsPerMinuteOnAir: grams,
        gramsPerViewer: grams,
        byPlug: z.array(Item),
        byKind: z.array(Item),
      })
      .describe('The electricity of the studio. Never added to what is modelled'),
    audience: WholeLive.shape.audience,
    modelled: z.object({
      networkModel: z.enum(NETWORK_MODELS),
      components: z.array(z.object({ component: z.enum(COMPONENTS), grams: Estimate.nullable() })),
      total: Estimate.nullable(),
      perViewer: Estimate.nullable(),
      perViewerHour: Estimate.nullable(),
      perMinuteOnAir: Estimate.nullable(),
      references: z.array(z.string()),
      assumed: z.object({ parameters: z.number(), of: z.number() }),
    }),
    score: Score,
    noLetter: z.array(z.enum(['short', 'unwatched', 'grid'])).describe('Why a letter is missing'),
    rank: LiveScore.shape.rank,
    timeline: z.object({
      from: time,
      stepSeconds: z.number(),
      kinds: z.array(z.object({ kind: z.enum(PLUG_KINDS), watts: z.array(z.number().nullable()) })),
      watched: z.array(z.number()).describe('Share of the plugs that were known in each step, 0..1'),
    }),
    earlier: z.array(
      z.object({
        id: z.string(),
        title: z.string().nullable(),
        startedAt: time,
        whPerLiveHour: z.number(),
        gramsPerLiveHour: grams,
        letter: z.enum(LETTERS).nullable(),
      }),
    ),
    equivalents: z.array(
      z.object({
        code: z.enum(['car', 'train']),
        of: z.enum(['measured', 'modelled']),
        kilometres: z.number(),
        gramsPerKilometre: z.number(),
        source: z.string(),
        year: z.number(),
      }),
    ),
    ways: z
      .array(
        z.object({
          code: z.enum(['off-air', 'dim-lights', 'fewer-cameras', 'wifi', 'standby']),
          of: z.enum(['measured', 'modelled']),
          per: z.enum(['live', 'year']),
          name: z.string().nullable(),
          data: z.record(z.string(), z.number()),
          savedWh: Band.nullable(),
          savedGrams: Band.nullable(),
        }),
      )
      .describe('What would have made this live take less, and what draws between lives'),
    attributions: z.array(z.string()).describe('To be shown with these numbers'),
  })
  .meta({ id: 'Report' }) satisfies z.ZodType<Report>;
