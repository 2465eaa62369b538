import { z } from 'zod';

const REPORT_FORMATS = ['html', 'png', 'pdf'] as const;
const REPORT_LANGUAGES = ['fr', 'en'] as const;

/** What is written after each live. */
export const reports = z.strictObject({
  folder: z
    .string()
    .min(1)
    .optional()
    .describe('Where each session gets a folder of its own. Default: reports, beside the journal'),
  formats: z
    .array(z.enum(REPORT_FORMATS))
    .default([...REPORT_FORMATS])
    .describe('Beside report.json, which is always written. An empty list: nothing is written at all'),
  languages: z
    .array(z.enum(REPORT_LANGUAGES))
    .min(1)
    .default([...REPORT_LANGUAGES])
    .describe('A report in each of them'),
});
