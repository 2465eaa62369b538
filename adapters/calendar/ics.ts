import { expandRecurringEvent, sync, type VEvent } from 'node-ical';
import { type LiveTime, localTime } from '../../model/schedule.ts';

/** Which lives are wanted, UTC ms. */
export interface CalendarWindow {
  fromMs: number;
  toMs: number;
  /** IANA zone of times that name none. */
  timeZone: string;
  /** Only events with this in their title are lives, in small or capital letters; null: all are. */
  titleContains: string | null;
}

export interface CalendarLives {
  /** Oldest first. */
  lives: LiveTime[];
  /** Events of that time that are no lives: all-day ones, ones that make no sense, and what is above the limit. */
  leftOut: { allDay: number; unreadable: number; tooMany: number };
}

const HOUR_MS = 3_600_000;
/** More is no studio's calendar. */
const MAX_LIVES = 500;
const MAX_TITLE_LENGTH = 200;

/**
 * The lives in a calendar (RFC 5545): single and recurring events with their exceptions, added and moved dates. All-day and
 * cancelled events are no lives. An event without an end counts as one hour.
 * @throws Error when it is no calendar at all
 */
export function readCalendar(ics: string, window: CalendarWindow): CalendarLives {
  if (!/^\uFEFF?\s*BEGIN:VCALENDAR/i.test(ics)) {
    const found = JSON.stringify(ics.slice(0, 40));
    throw new Error(`it is no calendar: BEGIN:VCALENDAR is expected, and ${found} was found`);
  }
  const text = withKnownZones(ics.replace(/\r\n?/g, '\n').replace(/\n[ \t]/g, ''), window.timeZone);
  const leftOut = { allDay: 0, unreadable: 0, tooMany: 0 };
  const lives = new Map<string, LiveTime>();
  const [from, to] = [new Date(window.fromMs), new Date(window.toMs)];
  for (const event of eventsOf(text, leftOut)) {
    try {
      for (const { start, end, summary, isFullDay, event: own } of expandRecurringEvent(event, {
        ...{ from, to, expandOngoing: true },
      })) {
        const title = titleOf(summary);
        if (own.status === 'CANCELLED' || !wanted(title, window.titleContains)) continue;
        if (isFullDay) {
          leftOut.allDay += 1;
          continue;
        }
        const startsAtMs = start.getTime();
        const endsAtMs = end.getTime() > startsAtMs ? end.getTime() : startsAtMs + HOUR_MS;
        const name = `${localTime(startsAtMs, window.timeZone)} ${String(own.uid).slice(0, MAX_TITLE_LENGTH)}`;
        lives.set(name, { event: name, title, startsAtMs, endsAtMs });
      }
    } catch {
      leftOut.unreadable += 1;
    }
  }
  const all = [...lives.values()].sort((one, other) => one.startsAtMs - other.startsAtMs);
  leftOut.tooMany = Math.max(0, all.length - MAX_LIVES);
  return { lives: all.slice(0, MAX_LIVES), leftOut };
}

/** Every event, and every date of a series whose rule is not in this file. */
function eventsOf(text: string, leftOut: CalendarLives['leftOut']): VEvent[] {
  return Object.values(parsed(text, leftOut)).flatMap((component) => {
    if (component?.type !== 'VEVENT') return [];
    const event = component as VEvent;
    if (!(event.start instanceof Date) || Number.isNaN(event.start.getTime())) {
      leftOut.unreadable += 1;
      return [];
    }
    const moved = event.rrule ? [] : Object.values(event.recurrences ?? {});
    return [event, ...new Set(moved as VEvent[]), ...addedDates(event)];
  });
}

/** The dates of RDATE, which node-ical keeps as they were written. Of a period, its beginning. */
function addedDates(event: VEvent): VEvent[] {
  const { rdate } = event as { rdate?: unknown };
  const { rrule: _rule, recurrences: _moved, ...alone } = event;
  const lengthMs = (event.end ?? event.start).getTime() - event.start.getTime();
  return [rdate ?? []].flat().flatMap((line) => {
    const { val, params } = (typeof line === 'object' ? line : { val: line }) as {
      val: unknown;
      params?: { TZID?: string };
    };
    const zone = params?.TZID === undefined ? '' : `;TZID=${params.TZID}`;
    return String(val)
      .split(',')
      .flatMap((date) => {
        const lines = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'UID:a', `DTSTART${zone}:${date.split('/')[0]}`];
        const { a } = sync.parseICS([...lines, 'END:VEVENT', 'END:VCALENDAR'].join('\n'));
        const { start } = a as VEvent;
        if (!(start instanceof Date)) return [];
        return [{ ...alone, start, end: new Date(start.getTime() + lengthMs) as VEvent['start'] }];
      });
  });
}

const EVENT = /^BEGIN:VEVENT$[\s\S]*?^END:VEVENT$/gim;

/** One event that makes no sense (two beginnings, a rule that is none) must not hide the others. */
function parsed(text: string, leftOut: CalendarLives['leftOut']) {
  try {
    return sync.parseICS(text);
  } catch {
    const sound = text.replace(EVENT, (event) => {
      try {
        sync.parseICS(`BEGIN:VCALENDAR\n${event}\nEND:VCALENDAR`);
        return event;
      } catch {
        leftOut.unreadable += 1;
        return '';
      }
    });
    return sync.parseICS(sound);
  }
}

/**
 * node-ical takes a zone that it does not know, and times without one, for those of this computer. So a name with a path
 * (`/mozilla.org/20050126_1/Europe/Paris`) gets its known end, one that the calendar defines itself the name for which
 * node-ical looks into the definition, and the rest the studio's zone.
 * @param text lines unfolded, ended by \n
 */
function withKnownZones(text: string, timeZone: string): string {
  const defined = new Set([...text.matchAll(/^TZID:(.+)$/gm)].map(([, name = '']) => name.replaceAll('"', '').trim()));
  const names = new Map<string, string>();
  const nameOf = (name: string): string => {
    const known = names.get(name) ?? knownZone(name) ?? (defined.has(name) ? `Customized Time Zone ${name}` : timeZone);
    names.set(name, known);
    return known;
  };
  return text
    .replace(/^TZID:(.+)$/gm, (_line, name: string) => `TZID:${nameOf(name.replaceAll('"', '').trim())}`)
    .replace(/;TZID=("[^"\n]*"|[^;:\n]*)/g, (_part, name: string) => `;TZID=${nameOf(name.replaceAll('"', ''))}`)
    .replace(
      /^(DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)((?:;(?!TZID=)[^:;\n]*)*):(\d{8}T\d{6}(?:,\d{8}T\d{6})*)$/gm,
      `$1$2;TZID=${timeZone}:$3`,
    );
}

/** As node-ical knows it: IANA, or one of Windows' names; null for others. */
function knownZone(name: string): string | null {
  if (/ Standard Time$|^\((UTC|GMT)/.test(name)) return name;
  for (const zone of [name, name.split('/').slice(-2).join('/')]) {
    try {
      Intl.DateTimeFormat('en', { timeZone: zone });
      return zone;
    } catch {
      // Not this one.
    }
  }
  return null;
}

function titleOf(summary: VEvent['summary']): string | null {
  const text = String(typeof summary === 'object' ? summary.val : (summary ?? ''))
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? null : text.slice(0, MAX_TITLE_LENGTH);
}

function wanted(title: string | null, part: string | null): boolean {
  return part === null || (title ?? '').toLowerCase().includes(part.toLowerCase());
}
