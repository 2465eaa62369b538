import { z } from 'zod';
import { isAddress, WEB } from './address.ts';

const WAYS = ['command', 'http', 'mqtt'] as const;

/** `shutdown` of a plug: how its load is told to shut down before it is cut. */
export const shutdown = z
  .strictObject({
    command: z
      .array(z.string().max(1000))
      .min(1)
      .max(50)
      .refine(([program]) => program !== '', 'a program and its arguments, each an entry of its own')
      .optional()
      .describe('A program and its arguments, without a shell; 0 means told'),
    http: z
      .strictObject({
        url: z
          .string()
          .refine(isAddress(WEB, 'anything'), 'http://host/path or https://…, without user and password')
          .describe('What is asked'),
        method: z.enum(['GET', 'POST']).default('POST').describe('How it is asked'),
        body: z.string().max(10_000).optional().describe('Sent with it'),
        token: z.boolean().default(false).describe('true: with the secret shutdown_token as Authorization: Bearer'),
      })
      .optional()
      .describe('A request; an answer of 2xx means told'),
    mqtt: z
      .strictObject({
        topic: z
          .string()
          .regex(/^[^+#$/\s][^+#]*[^+#/]$|^[^+#$/\s]$/, 'an MQTT topic without + and #')
          .describe('Where it is published'),
        payload: z.string().max(10_000).default('').describe('What is published'),
      })
      .optional()
      .describe("A message on the studio's broker, never retained"),
  })
  .refine((ways) => WAYS.filter((way) => ways[way] !== undefined).length === 1, 'one of command, http and mqtt');
