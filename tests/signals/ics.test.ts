import { describe, expect, test } from 'vitest';
import { readCalendar } from '../../adapters/calendar/ics.ts';

const NOW_MS = Date.parse('2026-11-24T12:00:00Z');
const DAY_MS = 86_400_000;

const calendar = (...parts: string[]) => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...parts, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: string[]) =>
  [
    'BEGIN:VEVENT',
    ...(lines.some((line) => line.startsWith('UID')) ? [] : ['UID:a']),
    'SUMMARY:Live',
    ...lines,
    'END:VEVENT',
  ].join('\r\n');
/** The rules of Paris under a name that nobody knows. */
const zone = (name: string) =>
  [
    ...['BEGIN:VTIMEZONE', `TZID:${name}`],
    ...['BEGIN:STANDARD', 'DTSTART:19701025T030000', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100'],
    ...['RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU', 'END:STANDARD'],
    ...['BEGIN:DAYLIGHT', 'DTSTART:19700329T020000', 'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200'],
    ...['RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU', 'END:DAYLIGHT', 'END:VTIMEZONE'],
  ].join('\r\n');
const read = (parts: string[], more: { nowMs?: number; titleContains?: string } = {}) => {
  const { nowMs = NOW_MS, titleContains = null } = more;
  const window = { fromMs: nowMs - DAY_MS, toMs: nowMs + 15 * DAY_MS, timeZone: 'Europe/Paris', titleContains };
  return readCalendar(calendar(...parts), window);
};
/** `11-24 19:00 120`: beginning (UTC) and minutes. */
const times = (parts: string[], nowMs = NOW_MS) =>
  read(parts, { nowMs }).lives.map(
    ({ startsAtMs, endsAtMs }) =>
      `${new Date(startsAtMs).toISOString().slice(5, 16).replace('T', ' ')} ${(endsAtMs - startsAtMs) / 60_000}`,
  );

describe('the time of an event in a calendar', () => {
  const [start, end] = ['20261124T200000', '20261124T220000'];
  test.each([
    ['in UTC', [event('DTSTART:20261124T190000Z', 'DTEND:20261124T210000Z')]],
    ['in a named zone', [event(`DTSTART;TZID=Europe/Paris:${start}`, `DTEND;TZID=Europe/Paris:${end}`)]],
    ['with a duration', [event(`DTSTART;TZID=Europe/Paris:${start}`, 'DURATION:PT2H')]],
    ['in a zone with the name of Windows', [event(`DTSTART;TZID=W. Europe Standard Time:${start}`, 'DURATION:PT2H')]],
    [
      'in a zone that the calendar defines',
      [zone('Studio'), event(`DTSTART;TZID="Studio":${start}`, `DTEND;TZID=Studio:${end}`)],
    ],
    [
      'in a zone with a path before its name, folded over two lines',
      [event(`DTSTART;TZID=/mozilla.org/20050126_1/Europe/Pa\r\n ris:${start}`, 'DURATION:PT2H')],
    ],
    ['without a zone: by the clocks of the studio', [event(`DTSTART:${start}`, `DTEND:${end}`)]],
    ['in a zone that nobody knows: the same', [event(`DTSTART;TZID=Nowhere:${start}`, `DTEND;TZID=Nowhere:${end}`)]],
  ])('%s', (_what, parts) => {
    expect(times(parts)).toEqual(['11-24 19:00 120']);
  });

  test('without an end it is an hour', () => {
    expect(times([event('DTSTART:20261124T190000Z')])).toEqual(['11-24 19:00 60']);
  });
});

describe('a recurring event', () => {
  const weekly = (...more: string[]) =>
    event('DTSTART;TZID=Europe/Paris:20260106T200000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;BYDAY=TU', ...more);

  test('comes every week, at the same time of the clock in summer and winter', () => {
    expect(times([weekly()])).toEqual(['11-24 19:00 60', '12-01 19:00 60', '12-08 19:00 60']);
    expect(times([weekly()], Date.parse('2026-10-19T12:00Z')).slice(0, 2)).toEqual([
      '10-20 18:00 60',
      '10-27 19:00 60',
    ]);
  });

  test('keeps the time of a zone that the calendar defines over the change of the clocks', () => {
    const parts = [
      zone('Studio'),
      event('DTSTART;TZID=Studio:20260106T200000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;BYDAY=TU'),
    ];
    expect(times(parts, Date.parse('2026-10-19T12:00Z')).slice(0, 2)).toEqual(['10-20 18:00 60', '10-27 19:00 60']);
  });

  test('ends with its UNTIL or COUNT', () => {
    expect(times([event('DTSTART:20261117T190000Z', 'RRULE:FREQ=WEEKLY;UNTIL=20261125T000000Z')])).toHaveLength(1);
    expect(times([event('DTSTART:20261117T190000Z', 'RRULE:FREQ=WEEKLY;COUNT=3')])).toHaveLength(2);
  });

  test('does not come on the dates that are taken out', () => {
    const out = weekly('EXDATE;TZID=Europe/Paris:20261124T200000,20261208T200000');
    expect(times([out])).toEqual(['12-01 19:00 60']);
  });

  test('is moved, renamed or cancelled on single dates', () => {
    const moved = event(
      ...['RECURRENCE-ID;TZID=Europe/Paris:20261124T200000', 'SUMMARY:Spéciale'],
      ...['DTSTART;TZID=Europe/Paris:20261125T180000', 'DURATION:PT3H'],
    ).replace('SUMMARY:Live\r\n', '');
    const cancelled = event(
      'RECURRENCE-ID;TZID=Europe/Paris:20261201T200000',
      'DTSTART:20261201T190000Z',
      'STATUS:CANCELLED',
    );
    expect(times([weekly(), moved, cancelled])).toEqual(['11-25 17:00 180', '12-08 19:00 60']);
    expect(read([weekly(), moved]).lives[0]?.title).toBe('Spéciale');
  });

  test('also comes on the dates that are added', () => {
    const added = ['RDATE;TZID=Europe/Paris:20261126T200000,20261127T200000', 'RDATE:20261128T183000Z'];
    const dates = ['11-26 19:00 60', '11-27 19:00 60', '11-28 18:30 60'];
    expect(times([weekly(...added)])).toEqual(['11-24 19:00 60', ...dates, '12-01 19:00 60', '12-08 19:00 60']);
    const rare = ['DTSTART:20261103T190000Z', 'DURATION:PT1H', ...added, 'RDATE;VALUE=PERIOD:20261129T190000Z/PT3H'];
    expect(times([event(...rare)])).toEqual([...dates, '11-29 19:00 60']);
    expect(times([event('DTSTART:20261124T190000Z', 'RDATE:soon')])).toHaveLength(1);
  });

  test('whose rule is in another calendar has only the dates that are here', () => {
    const date = (day: string) =>
      event(
        `RECURRENCE-ID;TZID=Europe/Paris:${day}T200000`,
        `DTSTART;TZID=Europe/Paris:${day}T200000`,
        'DURATION:PT1H',
      );
    expect(times([date('20261124'), date('20261201')])).toEqual(['11-24 19:00 60', '12-01 19:00 60']);
  });
});

describe('what is no live', () => {
  const live = event('UID:good', 'DTSTART:20261124T190000Z', 'DURATION:PT1H');

  test('an all-day event, a cancelled one, one with another title', () => {
    const allDay = event('DTSTART;VALUE=DATE:20261125', 'DTEND;VALUE=DATE:20261126');
    expect(read([allDay])).toMatchObject({ lives: [], leftOut: { allDay: 1 } });
    expect(times([event('DTSTART:20261124T190000Z', 'STATUS:CANCELLED')])).toEqual([]);
    expect(read([live], { titleContains: 'LIVE' }).lives).toHaveLength(1);
    expect(read([live], { titleContains: 'meeting' }).lives).toHaveLength(0);
  });

  test.each([
    ['two beginnings', ['DTSTART:20261124T190000Z', 'DTSTART:20261124T190000Z']],
    ['a beginning that is no time', ['DTSTART:tomorrow']],
    ['no beginning', ['SUMMARY:nothing']],
    ['a rule that is none', ['DTSTART:20261124T190000Z', 'RRULE:FREQ=OFTEN']],
    ['a rule without steps', ['DTSTART:20261124T190000Z', 'RRULE:FREQ=DAILY;INTERVAL=0']],
    ['a rule for every second, without end', ['DTSTART:20200101T190000Z', 'RRULE:FREQ=SECONDLY']],
  ])('an event that makes no sense: %s. The others are read', (_what, lines) => {
    const { lives, leftOut } = read([event(...lines), live]);
    expect({ lives: lives.length, leftOut }).toEqual({ lives: 1, leftOut: { allDay: 0, unreadable: 1, tooMany: 0 } });
  });

  test('dates that never come, from 1970 on, take no time', () => {
    expect(times([event('DTSTART:19700101T190000Z', 'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31')])).toEqual([]);
    expect(times([event('DTSTART:19700101T190000Z', 'RRULE:FREQ=DAILY')])).toHaveLength(16);
  });

  test('what is above 500', () => {
    const { lives, leftOut } = read([
      event('UID:1', 'DTSTART:20261101T190000Z', 'RRULE:FREQ=HOURLY'),
      event('UID:2', 'DTSTART:20261101T193000Z', 'RRULE:FREQ=HOURLY'),
    ]);
    expect(lives).toHaveLength(500);
    expect(leftOut.tooMany).toBeGreaterThan(200);
  });

  test('a page of the web', () => {
    const window = { fromMs: 0, toMs: 1, timeZone: 'Europe/Paris', titleContains: null };
    expect(() => readCalendar('<html>Log in', window)).toThrow(
      'BEGIN:VCALENDAR is expected, and "<html>Log in" was found',
    );
  });
});
