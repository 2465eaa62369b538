import { z } from 'zod';
import { type GridSettings, PROVIDER_NAMES, whyNot } from '../adapters/carbon/index.ts';

/** What a kWh of the studio emits, and who is asked. */
export const carbon = z.strictObject({
  factorType: z
    .enum(['lifecycle', 'direct'])
    .optional()
    .describe(
      'lifecycle counts construction and fuel supply; direct only what burns. Never mixed. Default: lifecycle; direct ' +
        "in Great Britain, whose grid operator's figures are direct",
    ),
  zone: z
    .string()
    .regex(/^[A-Z]{2}(-[A-Z0-9]{2,4}){0,2}$/, 'a grid zone such as FR-COR, CA-QC or DK-DK2')
    .optional()
    .describe("Part of a country with a grid of its own, as Electricity Maps names it. Default: the studio's country"),
  providers: z
    .array(z.enum(PROVIDER_NAMES))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'each provider once')
    .optional()
    .describe('Who is asked, in order. Default: the providers of the zone. The yearly average always comes last'),
  electricityMapsApi: z.enum(['v4', 'v3']).default('v4').describe('v3 for a token of that time'),
  nesoRegion: z
    .union([
      z.int().min(1).max(17),
      z.string().regex(/^[A-Za-z]{1,2}\d[A-Za-z\d]?$/, 'the first part of a postcode such as RG10'),
    ])
    .optional()
    .describe('In Great Britain: a region of NESO (13 is London), or the first part of a postcode. Default: national'),
  wattTime: z
    .union([
      z.string().regex(/^[A-Z][A-Z0-9_]{1,40}$/, 'a region such as CAISO_NORTH'),
      z.strictObject({
        latitude: z.number().min(-90).max(90).describe('Degrees, north is positive'),
        longitude: z.number().min(-180).max(180).describe('Degrees, east is positive'),
      }),
    ])
    .optional()
    .describe('Region or place for marginal intensity from WattTime: for what-if only, never in a total'),
  contract: z
    .strictObject({
      name: z.string().min(1).max(80).describe('As it is shown'),
      gramsPerKwh: z.number().min(0).max(2000).describe('What the supplier states, gCO2e/kWh'),
    })
    .optional()
    .describe('A green contract: the market-based grams beside the location-based ones, never instead'),
});

type CarbonConfig = z.output<typeof carbon>;

/** What the providers need to know of the studio's grid. */
export function gridOf(config: { studio: { country: string }; carbon: CarbonConfig }): GridSettings {
  const { carbon } = config;
  return { ...carbon, zone: carbon.zone ?? config.studio.country };
}

/** Which of the named providers can't be used, and what is expected instead. */
export function unusableProviders(country: string, carbon: CarbonConfig): { index: number; expected: string }[] {
  const settings = gridOf({ studio: { country }, carbon });
  return (carbon.providers ?? []).flatMap((name, index) => {
    const expected = whyNot(name, settings);
    return expected === null ? [] : [{ index, expected }];
  });
}
