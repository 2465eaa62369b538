import { z } from 'zod';

/** What a device or one outlet of it answers. What is in neither map, it does not know. */
const answersSchema = {
  /** Its `component_nego`: what it can do, each with a version. */
  components: z.record(z.string(), z.int()),
  /** The result of each method, as it came but redacted. */
  methods: z.record(z.string(), z.record(z.string(), z.unknown())),
  /** Methods that it refuses, with the error code. */
  errors: z.record(z.string(), z.int()).optional(),
};

const outlineSchema = z.strictObject({
  outlets: z.int().positive(),
  /** How many of the outlets are USB ports. */
  usb: z.int().min(0),
  /** The finest watts of an outlet: thousandths, whole ones, or none. */
  watts: z.enum(['mW', 'W']).nullable(),
  /** The fields by which it reports faults. */
  flags: z.array(z.string()),
});
/** What one can say of a device in a line. */
export type Outline = z.output<typeof outlineSchema>;

const head = {
  model: z.string(),
  /** `EU`, `US`, …; null when the device does not say. */
  region: z.string().nullable(),
  hardware: z.string(),
  /** As the device says it: `1.3.1 Build 240621 Rel.162048`. */
  firmware: z.string(),
  /** `lv` is the version of the login that discovery tells; null: none told. */
  transport: z.strictObject({ kind: z.enum(['klap', 'aes', 'tpap']), lv: z.int().nullable() }),
  /** Where these values are from. */
  source: z.string(),
};

const completeSchema = z.strictObject({
  ...head,
  complete: z.literal(true),
  /** The `result` of its answer to a UDP probe; null when it gave none. */
  discovery: z.record(z.string(), z.unknown()).nullable(),
  ...answersSchema,
  /**
   * The outlets of a strip, in the order in which it lists them. What an outlet after the first does not state (fields of
   * `info`, `components`) is as in the first.
   */
  children: z.array(
    z.strictObject({
      /** Its entry in `get_child_device_list`. */
      info: z.looseObject({ device_id: z.string(), position: z.int().positive() }),
      ...answersSchema,
      components: answersSchema.components.optional(),
    }),
  ),
});
const outlinedSchema = z.strictObject({ ...head, complete: z.literal(false), outline: outlineSchema });

/** One device of one model, hardware and firmware, redacted; `complete: false` when only an outline of it is known. */
export const fixtureSchema = z.discriminatedUnion('complete', [completeSchema, outlinedSchema]);
export type Fixture = z.output<typeof fixtureSchema>;
export type CompleteFixture = z.output<typeof completeSchema>;

/** `P110(EU)_1.0_1.2.3.json` */
export function fixtureFileName({ model, region, hardware, firmware }: Fixture): string {
  return `${model}${region === null ? '' : `(${region})`}_${hardware}_${releaseOf(firmware)}.json`;
}

/** The short name of a firmware: `1.3.1` of `1.3.1 Build 240621 Rel.162048`. */
export function releaseOf(firmware: string): string {
  return firmware.split(' ')[0] ?? firmware;
}

const FLAGS = /^(overheated|overheat_status|power_protection_status|overcurrent_status|charging_status)$/;

export function outlineOf(fixture: Fixture): Outline {
  if (!fixture.complete) return fixture.outline;
  const first = fixture.children[0];
  const methods = (first ?? fixture).methods;
  const info = first?.info ?? methods.get_device_info ?? {};
  const fine = methods.get_emeter_data?.power_mw ?? methods.get_energy_usage?.current_power;
  const whole = methods.get_current_power?.current_power;
  return {
    outlets: Math.max(1, fixture.children.length),
    usb: fixture.children.filter((child) => child.info.is_usb === true).length,
    watts: fine !== undefined ? 'mW' : whole !== undefined ? 'W' : null,
    flags: Object.keys(info).filter((field) => FLAGS.test(field)),
  };
}
