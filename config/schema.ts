import { z } from 'zod';
import { plugAdapters } from '../adapters/registry.ts';
import { PLUG_KINDS } from '../model/plug.ts';
import { SESSION_PHASES } from '../model/ports.ts';
import { isAddress, WEB } from './address.ts';
import { alarms } from './alarms.ts';
import { carbon, unusableProviders } from './carbon.ts';
import { footprint } from './footprint.ts';
import { reports } from './reports.ts';
import { sessionSources } from './session-sources.ts';
import { shutdown } from './shutdown.ts';
import { tariff } from './tariff.ts';

/** The one description of `studio.yaml`: it yields the loader's checks, the editors' JSON Schema and the defaults. */

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'small letters, digits and dashes, beginning with a letter or digit')
  .describe('Stable name, used as a tag: it must not change when the label does');

const seconds = (minimum: number, maximum: number) => z.number().min(minimum).max(maximum);

function timeZoneExists(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const studio = z.strictObject({
  id: id.describe('Tag of every point in the database'),
  name: z.string().min(1).max(80).describe('Label for people, on pages, reports and in alarms'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'an ISO 3166 country code of two capital letters')
    .default('FR')
    .describe('Chooses the grid: FR, BE, CH, DE, …'),
  timeZone: z
    .string()
    .refine(timeZoneExists, 'an IANA time zone such as Europe/Paris')
    .default('Europe/Paris')
    .describe('For display and days only; everything is stored in UTC'),
});

const api = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. Beyond loopback every call needs a token'),
  port: z.int().min(1).max(65535).default(8787).describe('Of pages and API, TCP'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Further names by which browsers reach this machine, with the port unless it is 80 or 443: studio-pi.local:8787. ' +
        'With one, every call needs a token',
    ),
});

const file = z.string().min(1);

const embeddedBroker = z.strictObject({
  host: z
    .string()
    .min(1)
    .describe("Address to listen on: this machine's own in the plugs' network, or 0.0.0.0 for all of them"),
  port: z.int().min(1).max(65535).default(1883).describe('TCP'),
  tls: z
    .strictObject({
      port: z.int().min(1).max(65535).default(8883).describe('TCP'),
      cert: file.describe('File with the certificate of the broker, PEM'),
      key: file.describe('File with its key, PEM'),
    })
    .optional()
    .describe('A second, encrypted entrance: files with certificate and key, PEM'),
  maxConnections: z.int().min(2).max(10_000).default(200).describe('More at once are refused'),
  maxPayloadKilobytes: z.int().min(4).max(1024).default(256).describe('Who sends a larger message is cut off'),
});

const EXTERNAL_KEYS = ['username', 'protocol', 'ca', 'cert', 'key'] as const;

const mqtt = z
  .strictObject({
    url: z
      .string()
      .refine(isAddress(['mqtt:', 'mqtts:'], 'path'), 'mqtt://host:port or mqtts://host:port, without user or password')
      .optional()
      .describe('The broker that the plugs talk to'),
    username: z.string().min(1).optional().describe('Its password is the secret mqtt_password'),
    protocol: z.enum(['3.1.1', '5']).optional().describe('MQTT version; 3.1.1 by default'),
    ca: file.optional().describe("File with the certificate of the authority that signed the broker's, PEM"),
    cert: file.optional().describe('File with our own certificate, for a broker that asks for one, PEM'),
    key: file.optional().describe('File with its key, PEM'),
    sessionTopic: z
      .string()
      .regex(
        /^[^+#$/\s][^+#\s]*[^+#/\s]$/,
        'an MQTT topic without +, # and spaces, that neither starts nor ends with /',
      )
      .optional()
      .describe('Any system starts and ends lives by publishing on <this>/set. Default: offair/<studio id>/session'),
    embedded: embeddedBroker
      .optional()
      .describe("offair's own broker, instead of url: the plugs need no other software"),
  })
  .superRefine((settings, context) => {
    const problem = (path: string, message: string, input: unknown) =>
      context.addIssue({ code: 'custom', path: [path], message, input });
    const { url, embedded, cert, key } = settings;
    if ((url === undefined) === (embedded === undefined))
      problem('url', 'either url, for a broker that runs already, or embedded, for offair to be the broker', url);
    if (embedded) {
      for (const name of EXTERNAL_KEYS)
        if (settings[name] !== undefined)
          problem(name, 'nothing: it belongs to a broker with a url, and offair is the broker itself', settings[name]);
    } else if ((cert === undefined) !== (key === undefined))
      problem(cert === undefined ? 'cert' : 'key', 'cert and key together', undefined);
  });

const homeAssistant = z.strictObject({
  discoveryPrefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'an MQTT topic prefix such as homeassistant')
    .default('homeassistant')
    .describe('As set in the MQTT integration of Home Assistant'),
});

const influxBase = {
  url: z
    .string()
    .refine(isAddress(WEB, 'path'), 'http://host:port or https://…, without user, password or ?')
    .describe('Address of the database'),
  ca: file.optional().describe("File with the certificate of the authority that signed the server's, PEM"),
  gzip: z.boolean().default(true).describe('Whether writes are compressed'),
  retention: z
    .string()
    .regex(/^(INF|[1-9]\d*[hdw])$/, 'a duration such as 52w, or INF')
    .default('INF')
    .describe('How long the database keeps the points; summaries are kept for ever'),
};

const databaseName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, _ and -')
  .default('offair');

const influx = z.discriminatedUnion('flavour', [
  z.strictObject({
    // Without a flavour it is 1.
    flavour: z.literal(1).optional().default(1).describe('InfluxDB 1.x, or VictoriaMetrics'),
    ...influxBase,
    database: databaseName.describe('Made when it is missing'),
    username: z.string().min(1).optional().describe('Its password is the secret influx_password'),
  }),
  z.strictObject({
    flavour: z.literal(2).describe('InfluxDB 2.x; the token is the secret influx_token'),
    ...influxBase,
    org: z
      .string()
      .regex(/^[\w .@-]{1,64}$/, 'the name of an organisation: letters, digits, spaces and . @ _ -')
      .describe('The organisation of the bucket'),
    bucket: databaseName.describe('Made when it is missing'),
  }),
  z.strictObject({
    flavour: z.literal(3).describe('InfluxDB 3; the token is the secret influx_token'),
    ...influxBase,
    database: databaseName.describe('Made when it is missing'),
  }),
]);

const switching = z.strictObject({
  dryRun: z.boolean().default(true).describe('true: nothing is ever sent, the log says what would have been'),
  graceSeconds: seconds(0, 86_400).default(300).describe('From the end of a session to the first cut'),
  staggerSeconds: seconds(0, 60).default(2).describe('Between two restores, so that inrush currents do not add up'),
  leadSeconds: seconds(0, 3600)
    .default(120)
    .describe('So long before a planned live everything that it needs is on again, so that a failure is seen in time'),
  maxSwitchesPerHour: z.int().min(2).max(60).default(6).describe('Commands per plug and hour, both ways'),
});

const days = z.int().min(1).max(36_600);

const journal = z.strictObject({
  path: z
    .string()
    .min(1)
    .optional()
    .describe('The SQLite file. Default: $STATE_DIRECTORY/journal.sqlite, or ~/.local/state/offair/journal.sqlite'),
  maxMegabytes: z
    .int()
    .min(16)
    .max(1_000_000)
    .default(1024)
    .describe(
      'Size it may reach; then the oldest readings make room, thinned first. Energy and sessions are always kept',
    ),
  rawDays: days.default(14).describe('How long readings are kept as they came'),
  minuteDays: days.default(400).describe('Then by minute (mean, lowest, highest), so long in all'),
  quarterHourDays: days.default(3660).describe('Then by quarter hour, so long in all. Energy is kept for ever'),
});

const discovery = z.strictObject({
  interface: z
    .string()
    .min(1)
    .optional()
    .describe("Name or address of the network interface in the plugs' network; all of them by default"),
});

/** The model's part of a plug. Kept apart from the adapters' part so that each adapter adds only its own keys. */
const plugBase = {
  id,
  name: z.string().min(1).max(80).describe('Label for people; may change at any time'),
  kind: z
    .enum(PLUG_KINDS)
    .default('other')
    .describe("solar: it measures what the studio's own roof makes, and is in no sum of what the studio takes"),
  essential: z.boolean().default(true).describe('An essential plug is never switched. Only false allows a cut'),
  idleWatts: z
    .union([z.number().positive().max(5000), z.literal('any')])
    .optional()
    .describe('In use above this many watts: then never cut. any: its draw tells nothing (a light that is left on)'),
  quietSeconds: seconds(0, 86_400).default(120).describe('How long it must have been idle before a cut'),
  minOnSeconds: seconds(0, 86_400).default(60).describe('Not cut before it has been on for so long'),
  minOffSeconds: seconds(0, 3600).default(10).describe('Not switched on again before it has been off for so long'),
  poweredIn: z
    .array(z.enum(SESSION_PHASES))
    .min(1)
    .default([...SESSION_PHASES])
    .describe(
      'The phases in which it has power; it is switched on when the first of them begins, and off after the session',
    ),
  offWatts: z
    .number()
    .positive()
    .max(100)
    .optional()
    .describe('Its load is off at or under this, and never cut above. 5 for kind pc'),
  shutdown: shutdown.optional().describe('How its load is told to shut down before it is cut: command, http or mqtt'),
  coolDownMinutes: z
    .number()
    .min(0)
    .max(240)
    .default(0)
    .describe('It stays on so long after its draw fell to idle (idleWatts: any: after the session), for a projector'),
  cutOrder: z.int().min(0).max(1000).optional().describe('Cut only after those with a smaller number are off'),
  restoreOrder: z.int().min(0).max(1000).default(0).describe('Switched on before those with a larger number'),
  inrushSeconds: seconds(0, 60)
    .default(0)
    .describe('After it the next one waits so long, if that is more than the stagger'),
  maxWatts: z.number().positive().max(25_000).default(3680).describe('What the outlet can deliver: 16 A at 230 V'),
};

type PlugSchema = z.ZodObject<typeof plugBase & { adapter: z.ZodLiteral<string> }>;

/** Each adapter's keys, with the model's keys beside them. */
const plugSchema = z.discriminatedUnion(
  'adapter',
  plugAdapters.map((adapter) => adapter.schema.extend(plugBase)) as unknown as [PlugSchema],
);

export const studioSchema = z
  .strictObject({
    version: z.int().min(1).default(1).describe('Of the form of this file; older ones are read too'),
    studio: studio.describe('What the studio is called, and where it is'),
    api: api.prefault({}).describe('Where pages and API are'),
    mqtt: mqtt.optional().describe('The broker of the plugs that speak MQTT: either url, or embedded'),
    homeAssistant: homeAssistant
      .optional()
      .describe('Makes the studio a device in Home Assistant, over the broker of mqtt'),
    influx: influx.optional().describe('The database that gets every point; without it the journal keeps everything'),
    switching: switching.prefault({}).describe('When plugs are cut and restored, as far as it is the same for all'),
    sessionSources: sessionSources.prefault({}).describe('What tells that a live runs, beside people'),
    journal: journal.prefault({}).describe("offair's own memory"),
    carbon: carbon.prefault({}).describe('What a kWh of the studio emits, and who is asked'),
    footprint: footprint.prefault({}).describe('How the part of a live that nobody can measure is modelled'),
    tariff: tariff.optional().describe('What a kWh costs: euroPerKwh, or the three others'),
    reports: reports.prefault({}).describe('What is written after each live'),
    alarms: alarms.prefault({}).describe('Limits that offair can not see by itself, and who is told'),
    discovery: discovery.prefault({}).describe('Where plugs are looked for'),
    plugs: z
      .array(plugSchema)
      .min(1, 'at least one plug')
      .max(200)
      .describe('Every outlet that offair measures; with essential: false also idleWatts and who it is (mac)'),
  })
  .superRefine(checkTogether, {
    // Also when something else is wrong: all mistakes are told at once.
    when: ({ value }) => Array.isArray((value as { plugs?: unknown } | null)?.plugs),
  });

/** The adapter's part of a plug. */
function ownKeys(schema: z.ZodObject, plug: object): object {
  return Object.fromEntries(Object.entries(plug).filter(([key]) => key in schema.shape));
}

/** What only shows when the parts are looked at together. Other parts may be wrong: nothing is taken for granted. */
function checkTogether(
  config: {
    studio?: unknown;
    mqtt?: unknown;
    homeAssistant?: unknown;
    sessionSources?: unknown;
    carbon?: unknown;
    alarms?: unknown;
    plugs: unknown[];
  },
  context: z.core.$RefinementCtx,
): void {
  const problem = (path: (string | number)[], message: string, input?: unknown) =>
    context.addIssue({ code: 'custom', path, message, input });
  const limits = alarms.safeParse(config.alarms);
  const ids = config.plugs.map((plug) => (plug as { id?: unknown } | null)?.id);
  for (const [index, strip] of (limits.data?.strips ?? []).entries())
    for (const [place, plug] of strip.plugs.entries())
      if (!ids.includes(plug)) problem(['alarms', 'strips', index, 'plugs', place], 'the id of one of the plugs', plug);
  const seen = new Map<string, number>();
  const outlets = new Map<string, number>();
  if (config.homeAssistant !== undefined && config.mqtt === undefined)
    problem(['mqtt'], 'a broker: Home Assistant is told of the studio over MQTT');
  const encoder = (config.sessionSources as { encoderWatts?: { plug?: unknown } } | undefined)?.encoderWatts?.plug;
  if (typeof encoder === 'string' && !config.plugs.some((plug) => (plug as { id?: unknown } | null)?.id === encoder))
    problem(['sessionSources', 'encoderWatts', 'plug'], 'the id of one of the plugs', encoder);
  const grid = carbon.safeParse(config.carbon);
  const country = (config.studio as { country?: unknown } | undefined)?.country ?? 'FR';
  if (grid.success && typeof country === 'string')
    for (const { index, expected } of unusableProviders(country, grid.data))
      problem(['carbon', 'providers', index], expected, grid.data.providers?.[index]);
  for (const [index, each] of config.plugs.entries()) {
    const plug = (each ?? {}) as {
      id?: string;
      kind?: string;
      adapter?: string;
      essential?: boolean;
      idleWatts?: unknown;
      offWatts?: unknown;
      shutdown?: { mqtt?: unknown };
      mac?: string;
    };
    const first = plug.id === undefined ? undefined : seen.get(plug.id);
    if (first !== undefined)
      problem(['plugs', index, 'id'], `a name of its own: plugs[${first}] has it already`, plug.id);
    else if (plug.id !== undefined) seen.set(plug.id, index);
    const adapter = plugAdapters.find(({ name }) => name === plug.adapter);
    const own = adapter?.schema.safeParse(ownKeys(adapter.schema, plug));
    const names = adapter && own?.success ? adapter.outletNames(own.data) : [];
    const twin = names.map((name) => outlets.get(`${plug.adapter} ${name}`)).find((other) => other !== undefined);
    if (twin !== undefined)
      problem(
        ['plugs', index],
        `an outlet of its own: plugs[${twin}] is the same one (same address, device or MAC)`,
        plug.id,
      );
    for (const name of names) outlets.set(`${plug.adapter} ${name}`, index);
    if (adapter?.needsMqtt && config.mqtt === undefined)
      problem(['mqtt'], `a broker: plugs[${index}] (${plug.id}) is a ${adapter.name} plug and speaks MQTT`);
    if (plug.shutdown?.mqtt !== undefined && config.mqtt === undefined)
      problem(['mqtt'], `a broker: plugs[${index}] (${plug.id}) is shut down by a message on it`);
    if (plug.shutdown !== undefined && plug.offWatts === undefined && plug.kind !== 'pc')
      problem(['plugs', index, 'offWatts'], 'watts: at which its load is off, since it is told to shut down');
    if (plug.essential !== false) continue;
    if (plug.kind === 'solar') problem(['plugs', index, 'essential'], 'true: the meter of a roof is never cut', false);
    if (plug.idleWatts === undefined)
      problem(['plugs', index, 'idleWatts'], 'watts, or any: a plug that may be cut must say when it counts as in use');
    // A MAC that is there and wrong has been told already.
    if (adapter && plug.mac === undefined && adapter.macOf(plug as never) === null)
      problem(['plugs', index, 'mac'], 'the MAC of the plug: who it is, is checked before it is cut');
  }
}

export type StudioConfig = z.output<typeof studioSchema>;
export type PlugConfig = StudioConfig['plugs'][number];
