import { z } from 'zod';

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
  rtmpHooks: z
    .boolean()
    .default(false)
    .describe('true: an RTMP server tells of its streams at POST /api/v1/hooks/rtmp; see the README'),
});
