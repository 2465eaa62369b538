import { z } from 'zod';
import { EQUIPMENT_NAMES } from '../model/hardware.ts';
import { NETWORK_MODELS } from '../model/live-footprint.ts';

/** How the part of a live that nobody can measure is modelled. */
export const footprint = z.strictObject({
  network: z
    .enum(NETWORK_MODELS)
    .default('per-gb')
    .describe(
      'per-gb: grams per gigabyte, as life-cycle inventories count; power: what a line draws, whatever runs over it',
    ),
  replayDays: z
    .int()
    .min(0)
    .max(36_500)
    .default(365)
    .describe('How long the platform keeps the recording; 0: not at all'),
  hoursPerWeek: z
    .number()
    .positive()
    .max(168)
    .default(10)
    .describe("Use of the equipment: its making is spread over its life's hours of use"),
  allocation: z
    .enum(['use-hours', 'calendar'])
    .default('use-hours')
    .describe('calendar: its making is spread over all hours of its life, used or not'),
  hardware: z
    .array(
      z.strictObject({
        item: z.enum(EQUIPMENT_NAMES).describe('What it is'),
        count: z.int().min(1).max(1000).default(1).describe('How many of it'),
        kgCo2e: z.number().positive().max(100_000).optional().describe("The maker's own figure for one piece"),
        lifeYears: z.number().positive().max(50).optional().describe('How long one is used before it is replaced'),
      }),
    )
    .max(100)
    .optional()
    .describe('The equipment of the studio. Without this list: one piece behind each plug, by its kind'),
});
