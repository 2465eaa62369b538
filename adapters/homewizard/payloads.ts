import { z } from 'zod';
import { macSchema } from '../mac.ts';
import { whFromKwh } from '../mqtt/values.ts';

/** P1 meters, kWh meters and water meters speak the same API, and have no relay. */
export const isSocket = (productType: unknown): boolean =>
  typeof productType === 'string' && productType.startsWith('HWE-SKT');

/** `GET /api`. */
export const about = z.object({
  product_type: z.string().max(60),
  serial: macSchema,
  firmware_version: z.string().max(60),
  api_version: z.literal('v1'),
});

const kwh = z.number().min(0).max(4e6).nullish();

/**
 * `GET /api/v1/data`. What the socket does not know is not in it. Watts are negative while what hangs on it feeds back;
 * what was fed back has a counter of its own, so that the one of what was drawn only grows.
 */
export const data = z
  .object({
    active_power_w: z.number().min(-5000).max(25_000).nullish(),
    total_power_import_kwh: kwh,
    /** The same value, and all that older firmware has. */
    total_power_import_t1_kwh: kwh,
    active_voltage_v: z.number().min(0).max(500).nullish(),
    active_current_a: z.number().min(-100).max(100).nullish(),
  })
  .transform((told) => ({
    watts: told.active_power_w ?? null,
    counterWh: whFromKwh(told.total_power_import_kwh ?? told.total_power_import_t1_kwh, 'total_power_import_kwh'),
    volts: told.active_voltage_v ?? null,
    amps: told.active_current_a ?? null,
  }));

/** `GET /api/v1/state`. */
export const state = z.object({ power_on: z.boolean(), switch_lock: z.boolean().nullish() });

/** The answer to a `PUT` of it tells what was set. */
export const powerSet = z.object({ power_on: z.boolean() });

/** The body of every answer but 200. */
export const refusal = z.object({ error: z.object({ id: z.int(), description: z.string() }) });
/** `PARAMETER_IS_NOT_MODIFIABLE`: what a locked socket says when it is to be switched off. */
export const NOT_MODIFIABLE = 8;
