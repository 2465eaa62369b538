import { studioSchema } from '../../config/schema.ts';
import type { Clock, Random } from '../../model/clock.ts';
import { callBroker } from '../doctor/broker.ts';
import { type Finding, Findings } from '../doctor/finding.ts';
import { checkInflux, checkObs } from '../doctor/services.ts';
import type { Draft } from './draft.ts';

const { mqtt, influx, sessionSources, studio } = studioSchema.shape;

/**
 * Looks, with what the draft says and before it is written, whether broker, InfluxDB and OBS let offair in.
 * @returns what is wrong; empty when all is well
 */
export async function checkAccess(
  draft: Draft,
  part: 'mqtt' | 'influx' | 'sessionSources',
  { clock, random }: { clock: Clock; random: Random },
): Promise<Finding[]> {
  const { secret } = draft;
  const common = { clock, random, secret };
  const findings: Finding[] = [];
  if (part === 'mqtt') {
    const settings = mqtt.safeParse(draft.section('mqtt'));
    if (settings.data?.url) {
      const line = await callBroker({ ...common, config: { mqtt: settings.data } });
      const broker = new Findings('broker');
      if (line && !line.mqtt.connected)
        broker.failed('broker-away', line.said.at(-1) ?? `${settings.data.url} does not answer`, {
          remedy: 'correct address, user or password',
        });
      await line?.mqtt.end();
      findings.push(...broker.list);
    }
  }
  if (part === 'influx') {
    const settings = influx.safeParse(draft.section('influx'));
    const own = studio.safeParse(draft.section('studio'));
    if (settings.data && own.data)
      findings.push(...(await checkInflux({ ...common, config: { influx: settings.data, studio: own.data } })));
  }
  if (part === 'sessionSources') {
    const settings = sessionSources.safeParse(draft.section('sessionSources') ?? {});
    if (settings.data?.obs)
      findings.push(...(await checkObs({ ...common, config: { sessionSources: settings.data } })));
  }
  return findings.filter(({ level }) => level === 'failed' || level === 'warning');
}
