import type { AdapterDeps } from '../adapters/adapter.ts';
import { plugAdapters } from '../adapters/registry.ts';
import { ConfigError, type ConfigProblem } from '../config/load.ts';
import type { PlugConfig, StudioConfig } from '../config/schema.ts';
import { wordsOf } from '../model/errors.ts';
import type { PlugId, PlugSpec } from '../model/plug.ts';
import type { PolicySettings } from '../model/policy-state.ts';
import type { PlugDevice } from '../model/ports.ts';

/**
 * Makes each configured plug by its adapter.
 * @throws ConfigError naming every plug whose adapter lacks something (an account, a broker)
 */
export function createDevices(config: StudioConfig, deps: AdapterDeps): Map<PlugId, PlugDevice> {
  const devices = new Map<PlugId, PlugDevice>();
  const problems: ConfigProblem[] = [];
  const factories = new Map(plugAdapters.map((adapter) => [adapter.name, adapter.factory(deps)]));
  for (const [index, plug] of config.plugs.entries()) {
    const create = factories.get(plug.adapter);
    try {
      if (!create) throw new Error(`there is no adapter ${plug.adapter}`);
      const mayBeCut = !plug.essential && !config.switching.dryRun;
      devices.set(plug.id, create({ id: plug.id, mayBeCut }, plug));
    } catch (error) {
      const found = wordsOf(error);
      problems.push({ path: `plugs[${index}]`, line: null, found, expected: 'a plug that can be reached', hint: null });
    }
  }
  if (problems.length > 0) throw new ConfigError('the configuration', problems);
  return devices;
}

/** What the model needs to know of each plug. */
export function specsOf(config: StudioConfig, devices: ReadonlyMap<PlugId, PlugDevice>): PlugSpec[] {
  return config.plugs.map((plug) => specOf(plug, devices.get(plug.id)));
}

/** Computers that are shut down draw 1 or 2 W, for Wake-on-LAN and the power button; more means asleep or on, W. */
const PC_OFF_WATTS = 5;

function specOf(plug: PlugConfig, device: PlugDevice | undefined): PlugSpec {
  const { id, name, kind, quietSeconds, minOnSeconds, minOffSeconds, maxWatts } = plug;
  const { poweredIn, cutOrder = null, restoreOrder, inrushSeconds } = plug;
  return {
    ...{ id, name, kind, quietSeconds, minOnSeconds, minOffSeconds, maxWatts },
    ...{ poweredIn, cutOrder, restoreOrder, inrushSeconds },
    // A plug without relay can't be cut, whatever the configuration says.
    essential: plug.essential || device?.relay === null,
    idleWatts: typeof plug.idleWatts === 'number' ? plug.idleWatts : null,
    // A computer that draws more is not shut down, whoever forgot to say so.
    offWatts: plug.offWatts ?? (kind === 'pc' ? PC_OFF_WATTS : null),
    canShutDown: plug.shutdown !== undefined,
    coolDownSeconds: plug.coolDownMinutes * 60,
    staleAfterMs: Math.max(3 * (device?.pollMs ?? 0), 30_000),
  };
}

/** A command that the plug has not taken by then is dropped: a plug that comes back late never executes an old one. */
const COMMAND_TTL_MS = 30_000;
/** Failed commands per plug and phase before it is left alone with an alarm. */
const MAX_ATTEMPTS = 3;

/** What the model needs to know of the switching. */
export function settingsOf(switching: StudioConfig['switching']): PolicySettings {
  const { dryRun, graceSeconds, staggerSeconds, leadSeconds, maxSwitchesPerHour } = switching;
  return {
    ...{ dryRun, maxSwitchesPerHour, commandTtlMs: COMMAND_TTL_MS, maxAttempts: MAX_ATTEMPTS },
    ...{ graceMs: graceSeconds * 1000, staggerMs: staggerSeconds * 1000, leadMs: leadSeconds * 1000 },
  };
}
