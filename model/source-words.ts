import { type CodedText, fill, type Words } from './coded-text.ts';

/**
 * What the sources of the session signal say of themselves, in English. `{why}` is what a network, a server or the disk
 * said.
 */
export const SOURCE_TEXTS = {
  'not-heard': 'not heard yet',
  'obs-idle': 'OBS does not stream',
  'obs-streams': 'OBS streams',
  'obs-reconnects': 'OBS reconnects its stream',
  'obs-stopping': 'OBS is ending its stream',
  'obs-idle-records': 'OBS does not stream and records',
  'obs-streams-records': 'OBS streams and records',
  'obs-reconnects-records': 'OBS reconnects its stream and records',
  'obs-stopping-records': 'OBS is ending its stream and records',
  'obs-closed': 'OBS was closed',
  'obs-kicked': 'OBS threw offair out: start offair again when it may come back',
  'obs-refused':
    'OBS refuses the password: set the secret obs_password to the one in OBS under Tools, WebSocket Server Settings',
  'obs-version': 'OBS speaks another version of obs-websocket: OBS 28 or later is needed',
  'obs-away': 'OBS at {url} is not reached ({why})',
  'rtmp-waits': 'the RTMP server has not called yet',
  'rtmp-idle': 'nothing is published',
  'rtmp-published': 'streams published: {streams}',
  'rtmp-unsure':
    'streams published before offair was started, of which no end was told: {streams}. End the session when it is over',
  'mediamtx-idle': 'nothing is published to MediaMTX',
  'mediamtx-published': 'streams published to MediaMTX: {streams}',
  'mediamtx-stalled': 'streams published to MediaMTX: {streams}, but nothing has come for {seconds} s',
  'mediamtx-refused': 'MediaMTX at {url} lets offair not in: set username and the secret mediamtx_password',
  'mediamtx-away': 'MediaMTX at {url} does not answer as it should ({why})',
  'plan-idle': 'no live is planned now',
  'plan-live': 'planned: {titles}',
  'calendar-unset': 'no address of a calendar: set file, url, or the secret calendar_url',
  'calendar-reading': 'the calendar is being read',
  'calendar-failed': 'the calendar {calendar} can not be had: {why}',
  'calendar-old': 'as the calendar {calendar} was {minutes} minutes ago; since then: {why}',
  'calendar-all-day': 'all-day events are no lives: {count} left out',
  'calendar-unreadable': 'events that make no sense: {count} left out',
  'calendar-too-many': 'too many events: the last {count} left out',
  'encoder-looking': 'past lives are being looked at',
  'encoder-unlearned': 'past lives can not be looked at: {why}',
  'encoder-learning': 'still learning: it has seen {lives} of {of} lives',
  'encoder-alike':
    'its draw in lives ({liveWatts} W and more) is not told from that between lives (up to {idleWatts} W)',
  'encoder-unheard': 'not known what {plug} draws',
  'encoder-live': '{plug} draws {liveWatts} W or more, as in a live',
  'encoder-draws': '{plug} draws {watts} W: a live from {liveWatts} W, none up to {idleWatts} W',
  'encoder-learned': 'learned from {lives} lives',
} as const;

export type SourceCode = keyof typeof SOURCE_TEXTS;

export function sourceWords(code: SourceCode, data: Words = {}): CodedText {
  const text = fill(SOURCE_TEXTS[code], data);
  return Object.keys(data).length > 0 ? { code, text, data } : { code, text };
}

/** Why nothing may be cut although no session runs, in English. `{detail}` is what the source says of itself. */
export const DOUBT_TEXTS = {
  'doubt-on-air': 'nothing is cut: {source} says on air: {detail}',
  'doubt-lost': 'nothing is cut: not known whether a live runs. {source}: {detail}',
  'doubt-suspected': 'nothing is cut: a live is suspected. {source}: {detail}',
  'doubt-planned': 'nothing is cut: {source} has a live now: {detail}',
  'doubt-beginning': 'nothing is cut: {source} begins a live',
} as const;

export type DoubtCode = keyof typeof DOUBT_TEXTS;

export interface Doubt extends CodedText {
  code: DoubtCode;
  data: Words;
}

/** @param detail what the source says of itself: its code is `detailCode`, its data lies beside the rest */
export function doubtAbout(code: DoubtCode, source: string, detail: CodedText): Doubt {
  const data = { ...detail.data, source, detail: detail.text, detailCode: detail.code };
  return { code, text: fill(DOUBT_TEXTS[code], data), data };
}

/** A live was asked for and is not on the disk yet. @param source who asked */
export function doubtBeginning(source: string): Doubt {
  const data = { source };
  return { code: 'doubt-beginning', text: fill(DOUBT_TEXTS['doubt-beginning'], data), data };
}
