import { isObject } from '../json.ts';
import type { Troubles } from '../troubles.ts';
import type { Firmware } from './firmware.ts';
import type { ShellyLink } from './link.ts';
import type { ShellyRpc } from './rpc.ts';

/** By name of what was looked for: what a technician should change in the plug, or null when it is well. */
type Findings = Record<string, string | null>;

/**
 * Asks a device of generation 2 or newer what it is and how it is set, and tells what works against offair.
 * @throws PlugUnreachable, PlugProtocolError (it does not know one of the questions)
 */
export async function examine(device: {
  link: ShellyLink;
  rpc: ShellyRpc;
  firmware: Firmware;
  /** As configured. */
  generation: number;
  outlets: readonly { key: string; channel: number; troubles: Troubles }[];
}): Promise<void> {
  const { rpc, firmware, generation } = device;
  const { who, troubles } = device.link;
  const { model, gen, ver } = await rpc.call('Shelly.GetDeviceInfo', {});
  troubles.tellAll(generationFindings(generation, gen, who));
  await firmware.told(who, model, ver);
  troubles.tellAll(mqttFindings(await rpc.call('MQTT.GetConfig', {}), who));
  const switches = device.outlets.filter(({ key }) => key.startsWith('switch:'));
  if (switches.length === 0) return;
  for (const { key, channel, troubles } of switches)
    troubles.tellAll(switchFindings(await rpc.call('Switch.GetConfig', { id: channel }), `${key} of ${who}`));
  const schedules = await rpc.call('Schedule.List', {});
  for (const { key, channel, troubles } of switches)
    troubles.tellAll(scheduleFindings(schedules, channel, `${key} of ${who}`));
}

/** @param config answer of `MQTT.GetConfig` */
function mqttFindings(config: Record<string, unknown>, who: string): Findings {
  const seen =
    config.status_ntf === true
      ? 'who switches it by hand is seen at the next poll only'
      : 'its changes are seen at the next poll only';
  return {
    rpc_ntf:
      config.rpc_ntf === false
        ? `${who} has "RPC status notifications over MQTT" (rpc_ntf) off: ${seen}. Turn it on in its MQTT settings`
        : null,
  };
}

/** @param config answer of `Switch.GetConfig` for this outlet */
function switchFindings(config: Record<string, unknown>, outlet: string): Findings {
  const timer = (key: 'auto_off' | 'auto_on', to: string) =>
    config[key] === true
      ? `${outlet} switches itself ${to} after ${String(config[`${key}_delay`])} s (${key}): that works against ` +
        'offair. Remove this timer in the plug'
      : null;
  return {
    auto_off: timer('auto_off', 'off'),
    auto_on: timer('auto_on', 'on'),
    initial_state:
      config.initial_state === 'off'
        ? `${outlet} stays off after a power cut (initial_state off). Set its power-on default to on or restore last`
        : null,
  };
}

/** @param answer of `Schedule.List`: `{jobs: [{enable, calls: [{method, params: {id}}]}]}` */
function scheduleFindings(answer: Record<string, unknown>, channel: number, outlet: string): Findings {
  const jobs = Array.isArray(answer.jobs) ? answer.jobs : [];
  const switches = jobs
    .filter((job) => isObject(job) && job.enable === true)
    .flatMap((job) => (Array.isArray(job.calls) ? job.calls : []))
    .some(
      (call) =>
        isObject(call) &&
        /^switch\.(set|toggle)$/i.test(String(call.method)) &&
        isObject(call.params) &&
        call.params.id === channel,
    );
  return {
    schedule: switches
      ? `${outlet} is switched by a schedule of its own: that works against offair. Disable it in the plug`
      : null,
  };
}

/** @param configured generation in `studio.yaml`; 2, the default, stands for all that speak RPC */
function generationFindings(configured: number, found: unknown, who: string): Findings {
  const wrong = typeof found === 'number' && found !== configured && configured !== 2;
  return { generation: wrong ? `${who} is of generation ${found}: set generation: ${found}` : null };
}
