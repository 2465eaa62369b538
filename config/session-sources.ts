import { z } from 'zod';
import { LOCAL_HOURS, localHours } from '../model/local-day.ts';
import { WEEKDAYS } from '../model/schedule.ts';

/** What tells that a live begins and ends, beside people. */

function isObsAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash, pathname } = new URL(text);
  const plain = `${username}${password}${search}${hash}` === '' && (pathname === '/' || pathname === '');
  return (protocol === 'ws:' || protocol === 'wss:') && hostname !== '' && plain;
}

const obs = z.strictObject({
  url: z
    .string()
    .refine(isObsAddress, 'ws://host:4455, without password')
    .default('ws://127.0.0.1:4455')
    .describe('OBS 28 or later: Tools, WebSocket Server Settings. Its password is the secret obs_password'),
  recording: z.boolean().default(false).describe('true: OBS that records is on air too'),
});

const weeklyLive = z
  .strictObject({
    days: z.array(z.enum(WEEKDAYS)).min(1, 'one day at least'),
    hours: z.string().regex(LOCAL_HOURS, 'hours such as 20:00-22:00').describe("In the studio's time zone"),
  })
  .transform(({ days, hours }) => ({ days, hours: localHours(hours) }));

export const sessionSources = z.strictObject({
  endAfterSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(30)
    .describe('How long all must have said off before the session ends: a stream that comes back goes on in it'),
  endStartedByHand: z
    .boolean()
    .default(false)
    .describe('true: the sources also end a session that a person started, once they have seen it on air'),
  obs: obs.optional(),
  schedule: z
    .strictObject({
      setupMinutes: z.number().min(0).max(1440).default(30).describe('The set-up begins so long before the live'),
      weekly: z.array(weeklyLive).min(1, 'one live at least').max(100),
    })
    .optional()
    .describe('Lives that come every week: what was cut is restored for them in time, and nothing is cut during them'),
  rtmpHooks: z
    .boolean()
    .default(false)
    .describe('true: an RTMP server tells of its streams at POST /api/v1/hooks/rtmp; see the README'),
});
