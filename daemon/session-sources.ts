import { ObsSource } from '../adapters/obs/index.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { Clock, Random } from '../model/clock.ts';
import type { SessionSource } from '../model/signals.ts';

/** The configured sources of the session signal. */
export function sessionSourcesOf(
  { obs }: StudioConfig['sessionSources'],
  deps: { clock: Clock; random: Random; secret(name: string): string | undefined },
): SessionSource[] {
  return obs ? [new ObsSource({ ...obs, password: deps.secret('obs_password') }, deps)] : [];
}
