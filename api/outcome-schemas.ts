/** Savings, alarms and suggestions, as the API takes and gives them. */
import { z } from 'zod';
import { NO_SUGGESTION_CODES } from '../model/idle-suggestion.ts';
import { Alarm } from './alarm-schema.ts';
import { SAVING_GROUPS } from './outcomes.ts';
import { period } from './question-schemas.ts';
import { Footprint } from './schemas.ts';

const time = z.iso.datetime().describe('UTC, ISO-8601 with Z');
const words = z.record(z.string(), z.union([z.string(), z.number()]));

export const Saving = z
  .object({
    cuts: z.number(),
    offSeconds: z.number().describe('Time that plugs were seen off; what nobody saw counts for nothing'),
    coverage: z
      .number()
      .min(0)
      .max(1)
      .describe('Share of the time from the cuts to their ends in which they were seen off'),
    grossWh: z.number().describe('Wh: what the plugs drew before the cuts, times that time'),
    ownWh: z.number().describe('Wh that the plugs went on drawing: as they report, 1.5 W at the least'),
    wh: z.number().describe('grossWh - ownWh: below zero where a plug draws more than what it cuts'),
    grams: z.number().describe('gCO2e of wh, at the intensity of those quarter hours'),
    unpricedWh: z.number().describe('Of wh: no intensity is known, not in grams'),
    origins: Footprint.shape.origins,
    euro: z.number().nullable().describe('At the tariff of those hours; null without a tariff'),
  })
  .meta({ id: 'Saving' });

export const Savings = z
  .object({
    from: time,
    to: time,
    groupBy: z.enum(SAVING_GROUPS),
    saved: Saving,
    wouldHaveSaved: Saving.describe('What dry run would have cut: never part of saved'),
    groups: z.array(
      z.object({
        key: z
          .string()
          .describe(
            'Studio day (2026-11-24), studio month (2026-11), id of the session before the gap or "none", or plug',
          ),
        saved: Saving,
        wouldHaveSaved: Saving,
      }),
    ),
    running: z
      .array(
        z.object({
          plug: z.string(),
          since: time,
          standbyWatts: z.number().describe('W: mean of what it drew in the minutes before'),
          readings: z.number().describe('Of so many readings'),
          dryRun: z.boolean().describe('true: it is not really off'),
        }),
      )
      .describe('What is cut now'),
  })
  .meta({ id: 'Savings', description: 'What the cuts have saved, from what was measured' });

export const SavingsQuery = z.strictObject({ ...period, groupBy: z.enum(SAVING_GROUPS).default('day') });

export const Alarms = z
  .object({ alarms: z.array(Alarm).describe('Newest first, open and past') })
  .meta({ id: 'Alarms' });

const level = z
  .object({ meanWatts: z.number(), share: z.number().describe('Of the measured time, 0 to 1') })
  .nullable();
export const IdleSuggestion = z
  .object({
    plug: z.string(),
    idleWatts: z.number().nullable().describe('What idleWatts might be, W; null: see why'),
    why: z.object({ code: z.enum(NO_SUGGESTION_CODES), text: z.string(), data: words.optional() }).nullable(),
    hours: z.number().describe('Hours that were measured'),
    quiet: level,
    active: level,
  })
  .meta({ id: 'IdleSuggestion', description: 'Learned from the last two weeks. Nothing is changed by it' });
