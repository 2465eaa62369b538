import type { AdapterDeps } from '../adapters/adapter.ts';
import { plugAdapters } from '../adapters/registry.ts';
import type { PlugConfig, StudioConfig } from '../config/schema.ts';
import type { PlugId, PlugSpec } from '../model/plug.ts';
import type { PlugDevice } from '../model/ports.ts';

/** Makes each configured plug by its adapter. @throws Error naming the plug when its adapter lacks something */
export function createDevices(config: StudioConfig, deps: AdapterDeps): Map<PlugId, PlugDevice> {
  return new Map(
    config.plugs.map((plug) => {
      const adapter = plugAdapters.find(({ name }) => name === plug.adapter);
      if (!adapter) throw new Error(`plug ${plug.id}: there is no adapter ${plug.adapter}`);
      return [plug.id, adapter.create({ id: plug.id }, plug, { ...deps, log: deps.log.child({ plug: plug.id }) })];
    }),
  );
}

/** What the model needs to know of each plug. */
export function specsOf(config: StudioConfig, devices: ReadonlyMap<PlugId, PlugDevice>): PlugSpec[] {
  return config.plugs.map((plug) => specOf(plug, devices.get(plug.id)));
}

function specOf(plug: PlugConfig, device: PlugDevice | undefined): PlugSpec {
  const { id, name, kind, essential, quietSeconds, minOnSeconds, minOffSeconds, maxWatts } = plug;
  return {
    id,
    name,
    kind,
    // A plug without relay can't be cut, whatever the configuration says.
    essential: essential || device?.relay === null,
    idleWatts: typeof plug.idleWatts === 'number' ? plug.idleWatts : null,
    quietSeconds,
    minOnSeconds,
    minOffSeconds,
    maxWatts,
    staleAfterMs: Math.max(3 * (device?.expectedIntervalMs ?? 0), 30_000),
  };
}
