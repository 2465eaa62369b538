/** What the API gives. One description yields the types of answers and the OpenAPI. */
import { z } from 'zod';
import { PLUG_KINDS } from '../model/plug.ts';
import { REASON_CODES } from '../model/policy-reasons.ts';
import { COMMAND_OUTCOMES, SESSION_PHASES } from '../model/ports.ts';
import { PLUG_TROUBLES, PROBLEM_CODES } from '../model/problems.ts';
import { Alarm } from './alarm-schema.ts';

const time = z.iso.datetime().describe('UTC, ISO-8601 with Z');
const grams = z.number().describe('gCO2e');
const phase = z.enum([...SESSION_PHASES, 'standby']);
export const power = z.enum(['on', 'off']);
/** Words for people: a page says them in its own language by the code and the data. */
const Reason = z
  .object({
    code: z.string().describe(`Stable. Of the cutting policy: ${REASON_CODES.join(', ')}`),
    text: z.string().describe('The same in English'),
    data: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  })
  .meta({ id: 'Reason' });
const reasons = z.array(Reason);
const watts = z.number().nullable().describe('W; null when not known or too old to be true');

export const Intensity = z
  .object({
    zone: z.string(),
    start: time,
    end: time,
    gramsPerKwh: z.number().describe('gCO2e per kWh'),
    factorType: z.enum(['lifecycle', 'direct']),
    basis: z.enum(['consumption', 'production']),
    status: z.enum(['measured', 'estimated', 'forecast', 'static']),
    provider: z.string(),
    fetchedAt: time,
    heldFrom: time
      .nullable()
      .describe('Start of the slot that the value is really of, where it stands in for this one'),
  })
  .meta({ id: 'Intensity', description: 'Carbon intensity of the grid for [start, end), and where it is from' });

export const Footprint = z
  .object({
    wh: z.number().describe('Wh, measured'),
    grams: grams.describe('gCO2e of the energy whose intensity is known'),
    coverage: z.number().min(0).max(1).describe('Share of the time that was watched'),
    counterWh: z.number().describe('Of wh: from the counters of the plugs'),
    integratedWh: z.number().describe('Of wh: integrated from watts'),
    gapWh: z.number().describe('Of wh: what counters gained while nobody watched'),
    unpricedWh: z.number().describe('Of wh: no intensity is known, not in grams'),
    origins: z
      .array(
        z.object({
          provider: z.string(),
          factorType: z.enum(['lifecycle', 'direct']),
          status: z.enum(['measured', 'estimated', 'forecast', 'static']),
          wh: z.number(),
        }),
      )
      .describe('The intensities that the grams were made with, and how much energy each priced'),
  })
  .meta({ id: 'Footprint' });

export const Market = z
  .object({
    grams: grams.describe('gCO2e, market-based: beside the location-based figure, never instead'),
    onsiteWh: z.number().describe("Wh from the studio's own roof, at once or by way of its battery"),
    gridWh: z.number(),
    unpricedWh: z.number().describe('Of gridWh: no intensity is known, not in grams'),
    contract: z
      .string()
      .nullable()
      .describe("Whose factor priced gridWh; null: the grid's average, for want of a residual mix"),
  })
  .meta({ id: 'Market' });

export const Plug = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(PLUG_KINDS),
    adapter: z.string(),
    about: z
      .object({ model: z.string(), firmware: z.string() })
      .nullable()
      .describe('As the device says; null when it said nothing'),
    essential: z.boolean().describe('An essential plug is never switched'),
    watts,
    relay: z.boolean().nullable().describe('true: on; null: no relay, or not known'),
    online: z.boolean().describe('A fresh reading exists'),
    at: time.nullable().describe('Time of the last reading'),
    flags: z.array(z.string()).describe('Faults that the plug reports of itself'),
    problem: z
      .object({ code: z.enum(PLUG_TROUBLES), text: z.string() })
      .nullable()
      .describe('What is wrong with reading it, in the words of its adapter'),
    overriddenBy: z.string().nullable().describe('Who switched it by hand: it stands until the next change of phase'),
    todayWh: z.number().describe('Wh since local midnight'),
    idleWatts: z.number().nullable().describe('Above this its load is in use'),
    quietSeconds: z.number(),
    minOnSeconds: z.number(),
    minOffSeconds: z.number(),
    poweredIn: z.array(z.enum(SESSION_PHASES)).describe('The phases of a session in which it has power'),
    offWatts: z
      .number()
      .nullable()
      .describe('Its load is off at or under this, and never cut above; null: no such bound'),
    canShutDown: z.boolean().describe('Its load is told to shut down before it is cut'),
    coolDownSeconds: z.number().describe('It stays on so long after its draw fell to idle'),
    cutOrder: z.number().nullable().describe('Cut after those with a smaller number are off'),
    restoreOrder: z.number().describe('Restored before those with a larger number'),
    inrushSeconds: z.number().describe('The next restore waits so long'),
  })
  .meta({ id: 'Plug' });

export const Discovered = z
  .object({
    adapter: z.string(),
    model: z.string(),
    firmware: z.string().nullable(),
    mac: z.string().nullable(),
    address: z.string().describe('In the network, or its topic on the broker'),
    name: z.string().nullable().describe("Its label in the vendor's app"),
    obstacle: z.string().nullable().describe('What stands in the way of using it, with the remedy'),
    yaml: z
      .string()
      .nullable()
      .describe('Lines for plugs: of studio.yaml, essential and so never cut; null: it can not be used'),
  })
  .meta({ id: 'Discovered', description: 'A device that was found and is not configured' });

export const Session = z
  .object({
    id: z.string(),
    title: z.string().nullable(),
    phase,
    startedAt: time,
    endedAt: time.nullable(),
    startedBy: z.string(),
    endedBy: z.string().nullable(),
    phases: z.array(
      z.object({
        phase: z.enum(SESSION_PHASES),
        at: time,
        by: z.string().nullable().describe('Who or what changed it; null when that was not noted'),
      }),
    ),
    audience: z
      .array(z.object({ at: time, viewers: z.number() }))
      .describe('Oldest first. Whole at its own address; elsewhere only the peak and the latest'),
    footprint: Footprint,
    revisedByGrams: z
      .number()
      .nullable()
      .describe('gCO2e that providers have added or taken since it ended, of the same energy; null while it runs'),
    market: Market.nullable().describe('null without a contract and without a roof'),
    stream: z
      .object({ sentBytes: z.number(), totalFrames: z.number(), droppedFrames: z.number() })
      .nullable()
      .describe('What the encoder sent, kept once a minute; null when no source counts it'),
  })
  .meta({ id: 'Session', description: 'One live, from set-up to wrap' });

export const Source = z
  .object({
    name: z.string(),
    role: z
      .enum(['witness', 'plan', 'hint'])
      .describe('A witness sees whether the studio is on air; a plan says when it is to be; a hint suspects it'),
    trusted: z.boolean().describe('As long as it is lost, nothing is cut'),
    says: z.enum(['on', 'off', 'unknown']),
    detail: Reason.describe('What it sees, or why it sees nothing and what to do'),
    remarks: z.array(Reason).describe('What else one should know of it'),
    since: time.nullable().describe('Since when it says so; null before its first word'),
    heardAt: time.nullable().describe('When it last knew; null when it never did'),
  })
  .meta({ id: 'Source', description: 'A source of the session signal' });

export const StudioProblem = z
  .object({
    code: z.enum(PROBLEM_CODES).describe('Stable: a page says it in its own language, with data'),
    text: z.string().describe('The same in English'),
    data: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    plug: z.string().nullable().describe('Id of the plug it is about'),
  })
  .meta({ id: 'StudioProblem' });

export const Hold = z
  .object({ until: time, by: z.string() })
  .meta({ id: 'Hold', description: 'Nothing is cut until then' });

export const Status = z
  .object({
    now: time.describe('The clock of the server'),
    version: z.string(),
    studio: z.object({ id: z.string(), name: z.string(), country: z.string(), timeZone: z.string() }),
    demo: z.boolean().describe('true: the plugs are simulated'),
    dryRun: z.boolean().describe('true: no plug is ever switched'),
    phase,
    onAir: z.boolean(),
    watts: z.number().describe('W, sum of the plugs with a fresh reading'),
    wattsFrom: z.object({ plugs: z.number(), of: z.number() }),
    gramsPerHour: z.number().nullable().describe('gCO2e per hour at these watts; its origin is in `intensity`'),
    intensity: Intensity.nullable(),
    session: Session.nullable(),
    sources: z.array(Source).describe('What tells that a live runs, beside people'),
    nextPlanned: z
      .object({
        startsAt: time,
        setupAt: time.describe('When its set-up begins: then what was cut is restored'),
        title: z.string().nullable(),
        source: z.string(),
      })
      .nullable()
      .describe('The live that is planned next and has not begun; null: none is planned'),
    plugs: z.array(Plug),
    influx: z.object({
      state: z.enum(['off', 'waiting', 'ok', 'refused']),
      pendingPoints: z.number(),
      quarantinedPoints: z.number().describe('Will never be taken, kept aside'),
      droppedPoints: z.number().describe('Given up for want of room'),
      lastDeliveryAt: time.nullable(),
      problem: z.string().nullable(),
    }),
    problems: z.array(StudioProblem).describe('What a technician should look at now'),
    alarms: z.array(Alarm).describe('Those that are open'),
    hold: Hold.nullable().describe('A person keeps everything on'),
  })
  .meta({ id: 'Status' });

export const History = z
  .object({
    plug: z.string(),
    from: time,
    to: time,
    stepSeconds: z.number(),
    buckets: z
      .array(z.object({ at: time, meanWatts: z.number(), maxWatts: z.number(), readings: z.number() }))
      .describe('Oldest first; a bucket without a reading is absent'),
  })
  .meta({ id: 'History' });

export const Power = z
  .object({
    from: time.describe('Start of the first step'),
    to: time,
    stepSeconds: z.number(),
    plugs: z.array(
      z.object({
        plug: z.string(),
        watts: z
          .array(z.number().nullable())
          .describe('Mean W of each step, oldest first; held for a minute where nothing was heard, then null'),
      }),
    ),
  })
  .meta({ id: 'Power', description: 'The power of all plugs on one time axis' });

export const EMISSION_GROUPS = ['plug', 'kind', 'session', 'hour', 'day'] as const;
export const Emissions = z
  .object({
    from: time,
    to: time,
    groupBy: z.enum(EMISSION_GROUPS),
    groups: z.array(z.object({ key: z.string(), footprint: Footprint })),
  })
  .meta({ id: 'Emissions' });

export const Intensities = z
  .object({
    current: Intensity.nullable(),
    points: z.array(Intensity).describe('Of the asked period, by default the last 24 hours; oldest first'),
    lastGood: Intensity.nullable().describe('The newest value that a provider gave, however old: its age is in `end`'),
    attributions: z.array(z.string()).describe('To be shown with these numbers'),
  })
  .meta({ id: 'Intensities' });

const intent = {
  action: z.enum(['cut', 'shut-down', 'restore', 'hold', 'never', 'none']),
  reasons,
  dueAt: time.nullable().describe('When the next action is due if nothing changes; null when that can not be told'),
};
export const Preview = z
  .object({
    plugs: z.array(
      z.object({
        plug: z.string(),
        ...intent,
        ifEndedNow: z.object(intent).nullable().describe('The same if the session ended now; null when none runs'),
      }),
    ),
  })
  .meta({ id: 'Preview', description: 'What would be switched when, and why not' });

export const SwitchLog = z
  .object({
    entries: z.array(
      z.object({
        commandId: z.string(),
        at: time,
        plug: z.string(),
        to: z.enum(['on', 'off', 'shut-down']).describe('shut-down: its load was told to, and nothing was switched'),
        by: z.string().describe('policy, or who asked'),
        source: z
          .string()
          .nullable()
          .describe("Of the policy's own: who or what changed the phase that it follows from"),
        reason: z.string().describe('In one English sentence'),
        reasons: reasons.describe('The same by code; empty in rows of earlier versions'),
        wattsBefore: z.number().nullable().describe('W that it drew when it was decided; null when not known'),
        outcome: z.enum([...COMMAND_OUTCOMES, 'asked']).describe('asked: its load was told to shut down'),
        detail: z.string().describe('How it was verified, or why not'),
        tookMs: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'SwitchLog' });

export const CutNowOffer = z
  .object({
    confirm: z.string().describe('To be sent back within 60 s; good for one time'),
    expiresAt: time,
    plugs: z.array(z.object({ plug: z.string(), action: intent.action, reasons })),
  })
  .meta({ id: 'CutNowOffer', description: 'What would be cut without the grace period, and what not yet and why' });
export const CutNowAccepted = z.object({ accepted: z.literal(true) }).meta({ id: 'CutNowAccepted' });
export const HoldAnswer = z.object({ hold: Hold.nullable() }).meta({ id: 'HoldAnswer' });

export const DeadLetters = z
  .object({
    entries: z.array(
      z.object({
        at: time.describe('When it was set aside'),
        reason: z.string().describe('What InfluxDB said, its status first'),
        line: z.string().describe('The point, in line protocol, as it was sent'),
      }),
    ),
  })
  .meta({ id: 'DeadLetters', description: 'Points that InfluxDB will never take' });

export const CommandAccepted = z
  .object({
    accepted: z.literal(true),
    commandId: z.string().describe('Its outcome appears under this id in the switching log'),
    dryRun: z.boolean().describe('true: nothing is sent'),
  })
  .meta({ id: 'CommandAccepted' });

export const ProblemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().describe('Stable: programs may rely on it'),
    errors: z.array(z.object({ field: z.string(), found: z.string(), expected: z.string() })).optional(),
    reasons: reasons.optional().describe('Why it was refused'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

export const Onsite = z
  .object({
    loadWatts: z.number().describe('W that everything behind the connection uses'),
    solarWatts: z.number().describe('Of these straight from the roof'),
  })
  .meta({ id: 'Onsite' });

export const HookAnswer = z
  .object({ phase, onAir: z.boolean(), session: z.string().nullable() })
  .meta({ id: 'HookAnswer', description: 'How things stand now: enough to colour a button' });
