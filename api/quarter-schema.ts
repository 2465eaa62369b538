/** The form of a quarterly report, version 1: what studios publish and compare. */
import { z } from 'zod';
import { PLUG_KINDS } from '../model/plug.ts';
import { ITEMS, QUARTER, REPORT_SCHEMA, SIZE_CLASSES } from '../model/quarter.ts';
import { LETTERS } from '../model/score.ts';

const share = z.number().min(0).max(1);
const amount = z.number().min(0).max(1e12);
const letter = z.enum(LETTERS).nullable();
const word = z.string().max(60);

/** Strict, in both directions: nothing of a studio can slip into a report, and nothing unknown is compared. */
export const QuarterReport = z
  .strictObject({
    schema: z.literal(REPORT_SCHEMA),
    quarter: z.string().regex(QUARTER, 'a quarter such as 2026Q4'),
    country: z.string().regex(/^[A-Z]{2}$/),
    sizeClass: z.enum(SIZE_CLASSES).describe('By measured plugs: up to 5, 15, 40, and above'),
    complete: z.boolean().describe('false: made before the quarter was over'),
    lives: z.int().min(0).max(100_000),
    onAirHours: amount,
    kwh: amount.describe('All of the quarter, between lives too'),
    kgCo2e: amount.nullable().describe("null: the grid's intensity is not known for most of it"),
    coverage: share.nullable().describe('Share of the time on air that was watched'),
    intensityFrom: z.array(z.strictObject({ provider: word, factorType: word, share })).max(50),
    items: z
      .strictObject(
        Object.fromEntries(ITEMS.map((item) => [item, z.number().min(-1e12).max(1e12).nullable()])) as Record<
          (typeof ITEMS)[number],
          z.ZodNullable<z.ZodNumber>
        >,
      )
      .describe('Measured, but gramsPerViewerHour, which is modelled. Less is better in each'),
    kinds: z.partialRecord(z.enum(PLUG_KINDS), z.number().max(1)).describe('Shares of the energy'),
    letters: z.strictObject({ version: word, energy: letter, climate: letter, overall: letter }),
    weeks: z
      .array(
        z.strictObject({
          week: z.string().regex(/^\d{4}-W\d\d$/),
          lives: z.int().min(1).max(10_000),
          onAirHours: amount,
          whPerLiveHour: amount,
        }),
      )
      .max(15),
  })
  .meta({ id: 'QuarterReport', description: 'No ids, no names, no place below the country, times to the week' });

const value = z.number().nullable();
export const Comparison = z
  .object({
    report: QuarterReport.describe('Of this studio'),
    sizeClass: z
      .enum(SIZE_CLASSES)
      .nullable()
      .describe('Of the others; null: of any size, there are too few of the same'),
    reports: z.number(),
    items: z.array(
      z.object({
        item: z.enum(ITEMS),
        own: value,
        median: value.describe('Of the others'),
        betterThan: value.describe('Share of the others that have more; less is better'),
        of: z.number().describe('How many others know the item'),
      }),
    ),
    trend: z
      .object({ own: value, median: value, of: z.number() })
      .describe('Wh per hour on air from the first half of the lives to the second: -0.1 is ten per cent less'),
    notes: z.array(z.string()).describe('What limits the comparison'),
  })
  .meta({ id: 'Comparison' });

export const QuarterParams = z.object({ quarter: z.string().regex(QUARTER, { error: 'a quarter such as 2026Q4' }) });
export const CompareBody = z.strictObject({
  quarter: QuarterParams.shape.quarter.describe('Of this studio'),
  reports: z.array(QuarterReport).min(1).max(20).describe('Of other studios, or of other quarters'),
});
