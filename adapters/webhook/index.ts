import { alarmText, alarmTitle, type Language } from '../../model/alarm-texts.ts';
import type { AlarmChange } from '../../model/alarms.ts';
import type { Clock } from '../../model/clock.ts';
import { isoOrNull } from '../../model/iso.ts';
import { webRequest } from '../web-request.ts';

export const WEBHOOK_KINDS = ['ntfy', 'slack', 'generic'] as const;

export interface Webhook {
  kind: (typeof WEBHOOK_KINDS)[number];
  /** Whoever knows it can write there: it is in no log and no error. */
  url: string;
  /** Sent as `Authorization: Bearer`; undefined: none is. */
  token: string | undefined;
  language: Language;
}

export interface AlarmMessage extends AlarmChange {
  studio: { id: string; name: string; timeZone: string };
  /** When it happened, UTC ms. */
  atMs: number;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 16 * 1024;
/** A message that comes later than this after what it tells has the time in it. */
const LATE_MS = 60_000;

/** The server will not take this message, however often it is asked. */
export class WebhookRefused extends Error {
  override name = 'WebhookRefused';
}

/**
 * Delivers one message, once. Redirects are not followed: they could lead anywhere, with the token.
 * @throws WebhookRefused when it is no use to try again; Error in words when it is. Neither holds the address.
 */
export async function deliver(hook: Webhook, message: AlarmMessage, clock: Clock, signal?: AbortSignal): Promise<void> {
  const { headers, body } = requestOf(hook, message, clock.nowMs());
  const { status } = await webRequest(new URL(hook.url), {
    ...{ method: 'POST', body, clock, signal, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_ANSWER_BYTES, cutBody: true },
    headers: { ...headers, ...(hook.token === undefined ? {} : { authorization: `Bearer ${hook.token}` }) },
  });
  if (status >= 200 && status < 300) return;
  const detail = `the server answered ${status}`;
  if (status >= 300 && status < 400) throw new WebhookRefused(`${detail}, a redirect: give its final address`);
  // Too slow, too early, too many: later it may take it.
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) throw new WebhookRefused(detail);
  throw new Error(detail);
}

/** The headers and body that this kind of server understands. */
export function requestOf(
  { kind, language }: Pick<Webhook, 'kind' | 'language'>,
  message: AlarmMessage,
  nowMs: number,
): { headers: Record<string, string>; body: string } {
  const { studio, change, alarm, atMs } = message;
  const title = alarmTitle(message, studio.name, language);
  const late = nowMs - atMs > LATE_MS ? ` (${timeText(atMs, studio.timeZone, language)})` : '';
  const text = `${alarmText(alarm, language)}${late}`;
  if (kind === 'ntfy') {
    const over = change !== 'raised';
    const priority = over ? 3 : { info: 3, warning: 4, critical: 5 }[alarm.severity];
    const tags = over
      ? 'white_check_mark'
      : { info: 'bulb', warning: 'warning', critical: 'rotating_light' }[alarm.severity];
    return {
      headers: { 'content-type': 'text/plain; charset=utf-8', title: word(title), priority: String(priority), tags },
      body: text,
    };
  }
  const headers = { 'content-type': 'application/json' };
  if (kind === 'slack') return { headers, body: JSON.stringify({ text: `*${escaped(title)}*\n${escaped(text)}` }) };
  const { of: _, raisedAtMs, clearedAtMs, acknowledged, ...fields } = alarm;
  const seen = acknowledged && { at: isoOrNull(acknowledged.atMs), by: acknowledged.by };
  const times = { raisedAt: isoOrNull(raisedAtMs), clearedAt: isoOrNull(clearedAtMs), acknowledged: seen };
  const place = { id: studio.id, name: studio.name };
  return { headers, body: JSON.stringify({ studio: place, change, title, text, alarm: { ...fields, ...times } }) };
}

/** Headers hold ASCII: other letters as RFC 2047 encoded words, which ntfy reads since 2.4. */
function word(text: string): string {
  return /^[ -~]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
}

/** Slack takes these three for its own signs: a name must not mention a channel. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function timeText(atMs: number, timeZone: string, language: Language): string {
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'short', timeZone }).format(atMs);
}
