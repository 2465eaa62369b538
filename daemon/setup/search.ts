import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { AdapterDeps, FoundDevice, PlugAdapter } from '../../adapters/adapter.ts';
import type { MqttConnection } from '../../adapters/mqtt/client.ts';
import { studioSchema } from '../../config/schema.ts';
import type { Clock, Random } from '../../model/clock.ts';
import { wordsOf } from '../../model/errors.ts';
import { FORGETFUL } from '../device-memory.ts';
import { Configured, discover, type NewPlug } from '../discover.ts';

import { joinBroker } from '../mqtt.ts';
import { withDeviceMemory } from '../with-journal.ts';
import { within } from '../within.ts';
import type { Draft } from './draft.ts';

const READ_MS = 8000;
const mqttSettings = studioSchema.shape.mqtt.unwrap();

/** A plug that was found and is not configured. */
export interface Candidate {
  plug: NewPlug;
  device: FoundDevice;
  /** Which outlet of a strip, from 1; null for a plug that stands alone. */
  outlet: number | null;
  /** Reads it now: by what it draws a person sees which one it is. null: it can't be read, `problem` says why. */
  read(): Promise<{ watts: number | null; relay: boolean | null; problem: string | null }>;
}

export interface SearchDeps {
  adapters: readonly PlugAdapter[];
  clock: Clock;
  random: Random;
  /** How long, ms. */
  ms: number;
  networkInterface: string | null;
  told(device: FoundDevice): void;
}

/** Searches network and broker for plugs that the draft does not have. Switches none. Call `end` when all are read. */
export async function searchPlugs(
  draft: Draft,
  { adapters, clock, random, ms, networkInterface, told }: SearchDeps,
): Promise<{ candidates: Candidate[]; failures: Error[]; end(): Promise<void> }> {
  const log = pino({ level: 'silent' });
  const { secret, existing } = draft;
  const mqtt = joinDraftBroker(draft, { clock, random });
  const common = { clock, random, log, mqtt, secret, timeZone: existing?.studio.timeZone ?? 'UTC', networkInterface };
  const { devices, failures } = await withDeviceMemory(existing, (memory) =>
    discover(adapters, { ...common, memory }, ms, told),
  );
  const found = new Configured(adapters, existing?.plugs ?? []).newPlugs(devices);
  const deps: AdapterDeps = { ...common, memory: FORGETFUL };
  const candidates = devices.flatMap((device, index) =>
    (found[index] ?? []).map(
      (plug): Candidate => ({
        plug,
        device,
        outlet: device.outlets.length > 1 ? device.outlets.findIndex((keys) => sameOutlet(keys, plug)) + 1 : null,
        read: () => readOnce(plug, adapters, deps),
      }),
    ),
  );
  return { candidates, failures, end: async () => mqtt?.end() };
}

/** A connection to the broker of the draft; null where it has none of its own to join. */
function joinDraftBroker(draft: Draft, deps: { clock: Clock; random: Random }): MqttConnection | null {
  const settings = mqttSettings.safeParse(draft.section('mqtt'));
  if (!settings.success || settings.data.url === undefined) return null;
  const clientId = `offair-setup-${randomBytes(4).toString('hex')}`;
  const log = pino({ level: 'silent' });
  return joinBroker(settings.data, { ...deps, clientId, silent: true, log, secret: draft.secret });
}

function sameOutlet(keys: Record<string, unknown>, plug: Record<string, unknown>): boolean {
  return Object.entries(keys).every(([key, value]) => key === 'name' || plug[key] === value);
}

async function readOnce(
  plug: NewPlug,
  adapters: readonly PlugAdapter[],
  deps: AdapterDeps,
): ReturnType<Candidate['read']> {
  const { id, name, ...keys } = plug;
  const adapter = adapters.find((each) => each.name === keys.adapter);
  const nothing = { watts: null, relay: null };
  try {
    if (!adapter) throw new Error(`there is no adapter ${keys.adapter}`);
    const device = adapter.factory(deps)({ id, mayBeCut: false }, adapter.schema.parse(keys));
    try {
      await device.start({ reading: () => {}, offline: () => {}, trouble: () => {} });
      let problem = `${name} did not answer within ${READ_MS / 1000} s`;
      const reading = device.read().catch((error) => {
        problem = wordsOf(error);
        return null;
      });
      const read = await within(deps.clock, READ_MS, reading);
      return read ? { watts: read.watts, relay: read.relay, problem: null } : { ...nothing, problem };
    } finally {
      await device.stop();
    }
  } catch (error) {
    return { ...nothing, problem: wordsOf(error) };
  }
}
