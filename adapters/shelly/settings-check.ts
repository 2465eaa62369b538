import { isObject } from './json.ts';

/** By name of what was looked for: what a technician should change in the plug, or null when it is well. */
export type Findings = Record<string, string | null>;

/** @param config answer of `MQTT.GetConfig` */
export function mqttFindings(config: Record<string, unknown>, who: string): Findings {
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
export function switchFindings(config: Record<string, unknown>, outlet: string): Findings {
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
export function scheduleFindings(answer: Record<string, unknown>, channel: number, outlet: string): Findings {
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
export function generationFindings(configured: number, found: unknown, who: string): Findings {
  const wrong = typeof found === 'number' && found !== configured && configured !== 2;
  return { generation: wrong ? `${who} is of generation ${found}: set generation: ${found}` : null };
}
