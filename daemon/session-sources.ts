import { ObsSource } from '../adapters/obs/index.ts';
import { RtmpHookSource } from '../adapters/rtmp-hook/index.ts';
import { ScheduleSource } from '../adapters/schedule/index.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { Clock, Random } from '../model/clock.ts';
import type { SessionSource } from '../model/signals.ts';

/** The configured sources of the session signal; those that are called from outside also by name. */
export function sessionSourcesOf(
  { studio, sessionSources: { obs, rtmpHooks, schedule } }: StudioConfig,
  deps: { clock: Clock; random: Random; secret(name: string): string | undefined },
): { all: SessionSource[]; rtmp: RtmpHookSource | null } {
  const rtmp = rtmpHooks ? new RtmpHookSource() : null;
  const all: SessionSource[] = [];
  if (obs) all.push(new ObsSource({ ...obs, password: deps.secret('obs_password') }, deps));
  if (rtmp) all.push(rtmp);
  if (schedule) {
    const { weekly, setupMinutes } = schedule;
    const settings = { weekly, setupMs: setupMinutes * 60_000, timeZone: studio.timeZone };
    all.push(new ScheduleSource(settings, deps.clock));
  }
  return { all, rtmp };
}
