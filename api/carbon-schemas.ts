/** What the carbon routes take and give, beside the measured energy of `schemas.ts`. */
import { z } from 'zod';
import { Intensity, period } from './schemas.ts';

const time = z.iso.datetime();

export const ForecastAnswer = z
  .object({
    kind: z
      .enum(['forecast', 'typical'])
      .describe('typical: no provider forecasts; the mean of the same weekday and hour of the last four weeks'),
    points: z.array(Intensity).describe('Oldest first; empty when nothing is known of the future'),
    coveredUntil: time.nullable().describe('Nothing is known after this'),
  })
  .meta({ id: 'IntensityForecast' });

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

export const ForecastQuery = z.strictObject(period);
export const BestSlotQuery = z.strictObject({
  ...period,
  durationMinutes: z.coerce.number().int().min(5).max(1440).describe('Length of the live'),
  hours: z
    .string()
    .regex(HOURS, { error: 'hours of the studio such as 18:00-23:00' })
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
    why: z.string().describe('In words'),
  })
  .meta({ id: 'BestSlot' });
