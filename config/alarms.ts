import { z } from 'zod';

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and dashes');

/** What gives an alarm beside what offair sees by itself. */
export const alarms = z.strictObject({
  strips: z
    .array(
      z.strictObject({
        id: id.describe('Stable name'),
        name: z.string().min(1).max(80),
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
});
