import { z } from 'zod';
import { LOCAL_HOURS, localHours } from '../model/local-day.ts';

const euro = z.number().min(0).max(10);

/** What a kWh costs. A union of two forms, told apart by their keys. */
export const tariff = z
  .strictObject({
    euroPerKwh: euro.optional().describe('Euro per kWh at any time'),
    peakEuroPerKwh: euro.optional().describe('Or by hours: outside of offPeakHours (heures pleines)'),
    offPeakEuroPerKwh: euro.optional().describe('In offPeakHours (heures creuses)'),
    offPeakHours: z
      .array(z.string().regex(LOCAL_HOURS, 'hours such as 22:30-06:30'))
      .min(1)
      .optional()
      .describe("In the studio's time zone"),
  })
  .superRefine((given, context) => {
    const byHours = ['peakEuroPerKwh', 'offPeakEuroPerKwh', 'offPeakHours'] as const;
    for (const key of byHours) {
      if ((given.euroPerKwh === undefined) === (given[key] !== undefined)) continue;
      const message =
        given.euroPerKwh === undefined
          ? 'euroPerKwh alone, or peakEuroPerKwh, offPeakEuroPerKwh and offPeakHours together'
          : 'nothing: euroPerKwh says what a kWh costs at any time';
      context.addIssue({ code: 'custom', path: [key], message, input: given[key] });
    }
  })
  .transform(({ euroPerKwh, peakEuroPerKwh = 0, offPeakEuroPerKwh = 0, offPeakHours = [] }) =>
    euroPerKwh === undefined
      ? { peakEuroPerKwh, offPeakEuroPerKwh, offPeakHours: offPeakHours.map(localHours) }
      : { euroPerKwh },
  );
