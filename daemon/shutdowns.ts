import { type ShutdownDeps, tellToShutDown } from '../adapters/shutdown/index.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { PlugId } from '../model/plug.ts';

/** How the load of each plug is told to shut down, as configured. */
export function shutdowns(
  { plugs }: StudioConfig,
  deps: ShutdownDeps,
): (plug: PlugId, signal: AbortSignal) => Promise<string> {
  const settings = new Map(plugs.map(({ id, shutdown }) => [id, shutdown]));
  return (plug, signal) => tellToShutDown(settings.get(plug) ?? {}, deps, signal);
}
