import { z } from 'zod';
import { WEBHOOK_KINDS } from '../adapters/webhook/index.ts';
import { LANGUAGES } from '../model/alarm-texts.ts';
import { SEVERITIES } from '../model/alarms.ts';
import { isAddress, WEB } from './address.ts';

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and dashes');

const webhook = z
  .strictObject({
    kind: z
      .enum(WEBHOOK_KINDS)
      .describe('ntfy; slack: Slack, Mattermost and others that take {text}; generic: JSON with all fields'),
    url: z
      .string()
      .refine(isAddress(WEB, 'anything'), 'https://host/path or http://…, without user and password')
      .optional()
      .describe('Of ntfy with its topic. Left out: the secret slack_webhook_url'),
    token: z.boolean().default(false).describe('true: with the secret webhook_token as Authorization: Bearer'),
    minSeverity: z.enum(SEVERITIES).default('warning').describe('What is less grave is not told'),
    lang: z.enum(LANGUAGES).default('fr').describe('Language of what is told'),
  })
  .refine(({ kind, url }) => kind === 'slack' || url !== undefined, {
    path: ['url'],
    error: 'the address: only that of slack may be a secret instead',
  });

/** Limits that offair can not see by itself, and who is told. */
export const alarms = z.strictObject({
  strips: z
    .array(
      z.strictObject({
        id: id.describe('Stable name'),
        name: z.string().min(1).max(80).describe('Label for people'),
        maxWatts: z
          .number()
          .positive()
          .max(25_000)
          .describe('What the strip, cable or circuit carries: above it, an alarm'),
        plugs: z.array(id).min(1).describe('Ids of the plugs behind it'),
      }),
    )
    .default([])
    .describe('Power strips and circuits with a limit of their own'),
  webhooks: z
    .array(webhook)
    .max(10)
    .default([])
    .describe('Who is told of alarms, beside the page, the API and the broker'),
});
