/** An alarm as the API gives it: by itself, in the status and in the live stream. */
import { z } from 'zod';
import { ALARM_CHANGES, ALARM_CODES, SEVERITIES } from '../model/alarms.ts';

const time = z.iso.datetime().describe('UTC, ISO-8601 with Z');
const words = z.record(z.string(), z.union([z.string(), z.number()]));

export const Alarm = z
  .object({
    id: z.string(),
    code: z.enum(ALARM_CODES).describe('Stable: a page says it in its own language, with data'),
    text: z.string().describe('The same in English'),
    data: words,
    severity: z.enum(SEVERITIES),
    plug: z.string().nullable().describe('Id of the plug it is about'),
    raisedAt: time,
    clearedAt: time.nullable().describe('null: it goes on'),
    acknowledged: z.object({ at: time, by: z.string() }).nullable(),
  })
  .meta({ id: 'Alarm' });

/** Of the live stream. */
export const AlarmEvent = z.object({ change: z.enum(ALARM_CHANGES), alarm: Alarm }).meta({ id: 'AlarmEvent' });
