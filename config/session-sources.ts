import { z } from 'zod';
import { LOCAL_HOURS, localHours } from '../model/local-day.ts';
import { WEEKDAYS } from '../model/schedule.ts';
import { isAddress, WEB } from './address.ts';

/** What tells that a live begins and ends, beside people. */

const obs = z.strictObject({
  url: z
    .string()
    .refine(isAddress(['ws:', 'wss:'], 'nothing'), 'ws://host:4455, without password')
    .default('ws://127.0.0.1:4455')
    .describe('OBS 28 or later: Tools, WebSocket Server Settings. Its password is the secret obs_password'),
  recording: z.boolean().default(false).describe('true: OBS that records is on air too'),
});

const watts = z.number().positive().max(5000).optional();

const encoderWatts = z
  .strictObject({
    plug: z.string().describe("The id of the plug of the encoder's computer"),
    idleWatts: watts.describe('At or below it no live runs. Left out: both are learned from past lives'),
    liveWatts: watts.describe('At or above it one does'),
    holdSeconds: z.number().min(1).max(3600).default(120).describe('For so long it must draw more, or less'),
    decides: z
      .boolean()
      .default(false)
      .describe('true: it begins and ends lives where nothing else can tell. false: it only keeps everything on'),
  })
  .refine(
    ({ idleWatts, liveWatts }) => (idleWatts === undefined) === (liveWatts === undefined),
    'idleWatts and liveWatts together, or neither',
  )
  .refine(({ idleWatts = 0, liveWatts = 1 }) => idleWatts < liveWatts, 'fewer idleWatts than liveWatts');

const mediamtx = z.strictObject({
  url: z
    .string()
    .refine(isAddress(WEB, 'nothing'), 'http://host:9997 or https://…, without user, password or path')
    .default('http://127.0.0.1:9997')
    .describe('The API of MediaMTX, which must be enabled in it (api: yes)'),
  path: z.string().min(1).max(500).optional().describe('The path that is the live; any by default'),
  username: z
    .string()
    .min(1)
    .optional()
    .describe('A user with the permission api; its password is the secret mediamtx_password'),
});

const setupMinutes = z.number().min(0).max(1440).default(30).describe('The set-up begins so long before the live');

const calendar = z
  .strictObject({
    file: z.string().min(1).optional().describe('An iCalendar file (.ics), read again when it changes'),
    url: z
      .string()
      .refine(isAddress([...WEB, 'webcal:'], 'anything'), 'https://…, http://… or webcal://…, without user or password')
      .optional()
      .describe('The address of one. An address that must stay secret is the secret calendar_url, and url is left out'),
    setupMinutes,
    titleContains: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe('Only events with this in their title are lives, in small or capital letters'),
  })
  .refine(({ file, url }) => file === undefined || url === undefined, 'either file or url');

const weeklyLive = z
  .strictObject({
    days: z.array(z.enum(WEEKDAYS)).min(1, 'one day at least').describe('On which it begins'),
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
  obs: obs.optional().describe('OBS, asked by its WebSocket server: on air while it streams'),
  calendar: calendar
    .optional()
    .describe('Lives in an iCalendar: what was cut is restored for them in time, and nothing is cut during them'),
  schedule: z
    .strictObject({
      setupMinutes,
      weekly: z.array(weeklyLive).min(1, 'one live at least').max(100).describe('Each live of the week'),
    })
    .optional()
    .describe('Lives that come every week: what was cut is restored for them in time, and nothing is cut during them'),
  encoderWatts: encoderWatts
    .optional()
    .describe("What the encoder's computer draws: a hint that a live runs, for studios without OBS"),
  mediamtx: mediamtx.optional().describe('What is published to a MediaMTX server, asked by its API'),
  rtmpHooks: z
    .boolean()
    .default(false)
    .describe('true: an RTMP server tells of its streams at POST /api/v1/hooks/rtmp; see config/docs/sessions.md'),
});
