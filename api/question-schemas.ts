/** What the API is asked and told. One description yields the checks of requests and the OpenAPI. */
import { z } from 'zod';
import { SESSION_PHASES } from '../model/ports.ts';
import { EMISSION_GROUPS, power } from './schemas.ts';

const askedTime = z.iso
  .datetime({ offset: true, error: 'an ISO-8601 time with its zone, such as 2026-11-24T18:00:00Z' })
  .transform((text) => Date.parse(text))
  .optional();

export const period = { from: askedTime, to: askedTime };
export const PeriodQuery = z.strictObject(period);
export const HistoryQuery = z.strictObject({
  ...period,
  step: z.coerce.number().int().min(1).max(86_400).optional().describe('Seconds; by default at most 500 buckets'),
});
export const PowerQuery = HistoryQuery.extend({
  plug: z.string().max(100).optional().describe('Of this plug alone'),
});
export const EmissionsQuery = z.strictObject({ ...period, groupBy: z.enum(EMISSION_GROUPS).default('plug') });
export const LogQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) });

const feed = z.number().min(-1_000_000).max(1_000_000);
export const OnsiteBody = z.strictObject({
  solarWatts: z.number().min(0).max(1_000_000).describe('W from the roof'),
  gridWatts: feed.describe('W from the grid; negative: into it'),
  batteryWatts: feed.default(0).describe('W out of the battery; negative: into it'),
});

export const IdParams = z.object({ id: z.string() });
export const CommandBody = z.strictObject({ power });
export const LONGEST_HOLD_MINUTES = 7 * 24 * 60;
export const HoldBody = z
  .strictObject({
    minutes: z.number().positive().max(LONGEST_HOLD_MINUTES).optional(),
    until: askedTime.describe('Instead of minutes; at most seven days ahead'),
  })
  .refine(({ minutes, until }) => (minutes === undefined) !== (until === undefined), 'either minutes or until');
export const CutNowBody = z.strictObject({
  confirm: z.string().min(1).max(100),
  plugs: z.array(z.string()).min(1).max(500).optional().describe('Of the offered ones; all when left out'),
});
export const StartBody = z.strictObject({
  title: z.string().trim().min(1).max(200).nullable().default(null),
  phase: z.enum(SESSION_PHASES).default('setup'),
});
export const EndBody = z.strictObject({
  session: z
    .string()
    .nullable()
    .optional()
    .describe('The id of the session that is meant, null: that none runs. When another one runs, nothing is ended'),
});
export const PhaseBody = z.strictObject({ phase: z.enum(SESSION_PHASES) });
export const HookParams = z.object({ action: z.enum(['start', ...SESSION_PHASES, 'end']) });
export const HookAudienceParams = z.object({ viewers: z.coerce.number().int().min(0).max(1_000_000_000) });
export const AudienceBody = z.strictObject({ viewers: z.int().min(0).max(1_000_000_000) });
