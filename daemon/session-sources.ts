import type { DeviceMemory } from '../adapters/adapter.ts';
import { type CalendarOrigin, CalendarSource, calendarFile, calendarUrl } from '../adapters/calendar/index.ts';
import { EncoderWattsSource } from '../adapters/encoder-watts/index.ts';
import { MediaMtxSource } from '../adapters/mediamtx/index.ts';
import { ObsSource } from '../adapters/obs/index.ts';
import { RtmpHookSource } from '../adapters/rtmp-hook/index.ts';
import { ScheduleSource } from '../adapters/schedule/index.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { Clock, Random } from '../model/clock.ts';
import type { Journal } from '../model/ports.ts';
import type { SessionSource } from '../model/signals.ts';

interface SourceDeps {
  clock: Clock;
  random: Random;
  memory: DeviceMemory;
  secret(name: string): string | undefined;
  journal: Pick<Journal, 'sessions' | 'history'>;
}
/** Enough for the lives of some weeks. */
const REMEMBERED_SESSIONS = 50;
const MINUTE_MS = 60_000;

/** The configured sources of the session signal; those that are called from outside also by name. */
export function sessionSourcesOf(
  { studio, sessionSources: { obs, mediamtx, rtmpHooks, encoderWatts, calendar, schedule } }: StudioConfig,
  deps: SourceDeps,
): { all: SessionSource[]; rtmp: RtmpHookSource | null; encoder: EncoderWattsSource | null } {
  const { timeZone } = studio;
  const rtmp = rtmpHooks ? new RtmpHookSource(deps.memory) : null;
  const all: SessionSource[] = [];
  if (obs) all.push(new ObsSource({ ...obs, password: deps.secret('obs_password') }, deps));
  if (mediamtx) {
    const { url, path = null, username = null } = mediamtx;
    const password = deps.secret('mediamtx_password');
    all.push(new MediaMtxSource({ url, path, username, password }, deps.clock));
  }
  if (rtmp) all.push(rtmp);
  if (calendar) {
    const { file, url = deps.secret('calendar_url'), setupMinutes, titleContains = null } = calendar;
    const origin = originOf(file, url, deps.clock);
    all.push(new CalendarSource({ origin, setupMs: setupMinutes * 60_000, timeZone, titleContains }, deps));
  }
  if (schedule) {
    const { weekly, setupMinutes } = schedule;
    all.push(new ScheduleSource({ weekly, setupMs: setupMinutes * 60_000, timeZone }, deps.clock));
  }
  const encoder = encoderWatts ? encoderOf(encoderWatts, deps) : null;
  if (encoder) all.push(encoder);
  return { all, rtmp, encoder };
}

/** null: the secret is not set, or no address. */
function originOf(file: string | undefined, url: string | undefined, clock: Clock): CalendarOrigin | null {
  if (file !== undefined) return calendarFile(file);
  return url !== undefined && URL.canParse(url) ? calendarUrl(url, clock) : null;
}

function encoderOf(
  { plug, idleWatts, liveWatts, holdSeconds, decides }: NonNullable<StudioConfig['sessionSources']['encoderWatts']>,
  { clock, journal }: SourceDeps,
): EncoderWattsSource {
  const thresholds = idleWatts !== undefined && liveWatts !== undefined ? { idleWatts, liveWatts } : null;
  return new EncoderWattsSource(
    { plug, thresholds, holdMs: holdSeconds * 1000, decides },
    {
      clock,
      sessions: () => journal.sessions(REMEMBERED_SESSIONS),
      minutes: (fromMs, toMs) => journal.history(plug, fromMs, toMs, MINUTE_MS),
    },
  );
}
