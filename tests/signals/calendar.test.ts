import { utimesSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, test } from 'vitest';
import { type CalendarOrigin, CalendarSource, calendarFile, calendarUrl } from '../../adapters/calendar/index.ts';
import { sessionSources } from '../../config/session-sources.ts';
import { systemClock } from '../../daemon/clock.ts';
import type { Clock } from '../../model/clock.ts';
import type { SourceReport } from '../../model/signals.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { sourcesStudio } from './studio.ts';

const folder = tempFolder();
const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const ics = (...events: string[]) => ['BEGIN:VCALENDAR', ...events, 'END:VCALENDAR', ''].join('\r\n');
const event = (title: string, start: string, duration = 'PT1H') =>
  [
    ...['BEGIN:VEVENT', `UID:${title}`, `SUMMARY:${title}`],
    ...[`DTSTART;TZID=Europe/Paris:${start}`, `DURATION:${duration}`, 'END:VEVENT'],
  ].join('\r\n');
const TONIGHT = event('Matinale', '20261124T200000');

/** A source in the studio's afternoon of 24 November 2026, 12:00 UTC, with what a restart would find. */
function watch(origin: CalendarOrigin, options: { clock?: Clock; kept?: Map<string, unknown> } = {}) {
  const { clock = new FakeClock(), kept = new Map<string, unknown>() } = options;
  const memory = {
    recall: async (name: string) => kept.get(name),
    keep: async (name: string, value: unknown) => void kept.set(name, JSON.parse(JSON.stringify(value))),
  };
  const reports: SourceReport[] = [];
  const settings = { origin, setupMs: 30 * 60_000, timeZone: 'Europe/Paris', titleContains: null };
  const source = new CalendarSource(settings, { clock, random: () => 0.5, memory });
  source.start((report) => reports.push(report));
  ended.push(() => source.stop());
  const last = () => reports.at(-1);
  /** All that it says of itself. */
  const words = () => [last()?.detail, ...(last()?.remarks ?? [])].map((said) => said?.text).join('; ');
  const says = (what: SourceReport['says'], detail = '') =>
    until(`it says ${what} ${detail}`, () => last()?.says === what && words().includes(detail));
  const next = () => last()?.coming?.[0]?.title;
  return { clock: clock as FakeClock, kept, next, last, says, stop: () => source.stop() };
}

type Handler = (request: IncomingMessage, answer: ServerResponse) => void;
async function served(handler: Handler): Promise<{ url: string; server: Server; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, answer) => {
    asked.push(request);
    handler(request, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, asked };
}

describe('a calendar in a file', () => {
  test('says on from the set-up to the end, and what is next, with its title', async () => {
    const path = join(folder, 'tonight.ics');
    writeFileSync(path, ics(TONIGHT));
    const { clock, last, says } = watch(calendarFile(path));
    await says('off', 'no live is planned now');
    expect(last()?.coming).toMatchObject([{ title: 'Matinale', startsAtMs: Date.parse('2026-11-24T19:00Z') }]);
    await clock.advance(6.5 * 3_600_000);
    await says('on', 'planned: Matinale');
    expect(last()).toMatchObject({ underWay: [{ event: '2026-11-24 20:00 Matinale', title: 'Matinale' }] });
    await clock.advance(1.5 * 3_600_000);
    await says('off');
  });

  test('is read again when it has changed, and not otherwise', async () => {
    const path = join(folder, 'changing.ics');
    writeFileSync(path, ics());
    utimesSync(path, 1000, 1000);
    const { clock, next, says, kept } = watch(calendarFile(path));
    await says('off');
    const made = JSON.stringify(kept.get('calendar'));
    await clock.advance(60_000);
    // The next look at the file and the next look at the clock.
    await until('it has looked', () => clock.timersDue === 2);
    expect(JSON.stringify(kept.get('calendar'))).toBe(made);
    expect(next()).toBeUndefined();
    writeFileSync(path, ics(TONIGHT));
    await clock.advance(30_000);
    await until('it is read', () => next() === 'Matinale');
  });

  test('that is not there or no calendar says so, and the last good copy counts on', async () => {
    const path = join(folder, 'spoilt.ics');
    const { clock, next, last, says } = watch(calendarFile(path));
    await says('unknown', 'no such file');
    writeFileSync(path, ics(TONIGHT));
    await clock.advance(30_000);
    await until('it is read', () => next() === 'Matinale');
    writeFileSync(path, 'a shopping list');
    await clock.advance(30_000);
    await says('off', 'it is no calendar: BEGIN:VCALENDAR is expected');
    await clock.advance(90_000);
    expect(next()).toBe('Matinale');
    expect(last()?.remarks).toMatchObject([{ code: 'calendar-old', data: { calendar: path, minutes: 2 } }]);
  });

  test('with all-day events and events that make no sense says that they were left out', async () => {
    const path = join(folder, 'odd.ics');
    const allDay = 'BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261125\r\nEND:VEVENT';
    writeFileSync(path, ics(allDay, 'BEGIN:VEVENT\r\nUID:2\r\nDTSTART:soon\r\nEND:VEVENT', TONIGHT));
    const { next, says } = watch(calendarFile(path));
    await says('off', 'all-day events are no lives: 1 left out; events that make no sense: 1 left out');
    expect(next()).toBe('Matinale');
  });
});

describe('a calendar at an address', () => {
  test('is asked every 15 minutes whether it has changed', async () => {
    const { url, asked } = await served((request, answer) => {
      if (request.headers['if-none-match'] === '"1"') answer.writeHead(304).end();
      else answer.writeHead(200, { etag: '"1"' }).end(ics(TONIGHT));
    });
    const { clock, says } = watch(calendarUrl(`${url}/live.ics`, systemClock));
    await says('off');
    expect(asked).toHaveLength(1);
    await clock.advance(15 * 60_000);
    await until('it was asked', () => asked.length === 2);
    expect(asked[1]?.headers['if-none-match']).toBe('"1"');
    await says('off');
    expect(asked).toHaveLength(2);
  });

  test('is followed to where it has moved, but not from one place to the next for ever', async () => {
    const { url } = await served((request, answer) => {
      if (request.url === '/now') answer.end(ics(TONIGHT));
      else answer.writeHead(302, { location: request.url === '/old' ? '/now' : '/round' }).end();
    });
    await watch(calendarUrl(`${url}/old`, systemClock)).says('off');
    await watch(calendarUrl(`${url}/round`, systemClock)).says('unknown', 'from one address to the next');
  });

  test('that fails is asked ever more seldom, and its path is told nobody: it may be a secret', async () => {
    const { url, asked } = await served((_request, answer) => answer.writeHead(404).end());
    const { clock, last, says } = watch(calendarUrl(`${url}/private-5ec4e7/basic.ics`, systemClock));
    await says('unknown', 'the calendar 127.0.0.1 can not be had: it answers 404: check the address');
    expect(JSON.stringify(last())).not.toContain('5ec4e7');
    const times: number[] = [];
    await until('it was asked four times', async () => {
      const count = asked.length;
      await clock.advance(20_000);
      if (asked.length > count) times.push(clock.monotonicMs());
      return asked.length >= 4;
    });
    const gaps = times.map((atMs, i) => atMs - (times[i - 1] ?? 0));
    expect(gaps.map((gap) => Math.round(gap / 60_000))).toEqual([1, 2, 4]);
  });

  test('out of reach at a start counts by the last good copy, with its age', async () => {
    let up = true;
    const { url } = await served((_request, answer) => {
      if (up) answer.end(ics(TONIGHT));
      else answer.destroy();
    });
    const clock = new FakeClock();
    const first = watch(calendarUrl(`${url}/a.ics`, systemClock), { clock });
    await first.says('off');
    await first.stop();
    up = false;
    await clock.advance(3 * 3_600_000);
    const again = watch(calendarUrl(`${url}/a.ics`, systemClock), { clock, kept: first.kept });
    await again.says('off', 'as the calendar 127.0.0.1 was 180 minutes ago; since then: ');
    expect(again.next()).toBe('Matinale');
    await watch(calendarUrl(`${url}/other.ics`, systemClock), { clock, kept: first.kept }).says('unknown');
  });

  test('that sends more than 10 MB is refused', async () => {
    const { url } = await served((_request, answer) => answer.end('x'.repeat(10 * 1024 * 1024 + 1)));
    await watch(calendarUrl(url, systemClock)).says('unknown', 'larger than');
  });
});

test('the configuration takes a file or an address, and none with a password in it', () => {
  const parse = (calendar: object) => sessionSources.safeParse({ calendar }).success;
  expect(parse({})).toBe(true);
  expect(parse({ file: '/etc/offair/live.ics', titleContains: 'live', setupMinutes: 45 })).toBe(true);
  expect(parse({ url: 'webcal://cloud.example.org/live.ics?export' })).toBe(true);
  expect(parse({ url: 'https://cloud.example.org/live.ics', file: 'live.ics' })).toBe(false);
  expect(parse({ url: 'https://me:secret@cloud.example.org/live.ics' })).toBe(false);
  expect(parse({ url: 'ftp://cloud.example.org/live.ics' })).toBe(false);
});

describe('a hostile calendar', () => {
  test('of 10 MB and 60,000 events is read without holding up the daemon', async () => {
    const path = join(folder, 'large.ics');
    const repeat = (i: number) => `BEGIN:VEVENT\r\nUID:${i}\r\nDTSTART:20200101T120000Z\r\n`;
    const events = Array.from({ length: 60_000 }, (_, i) => `${repeat(i)}DESCRIPTION:${'x'.repeat(60)}\r\nEND:VEVENT`);
    writeFileSync(path, ics(...events, TONIGHT));
    const delays = monitorEventLoopDelay({ resolution: 5 });
    const { next, says } = watch(calendarFile(path));
    const beforeMs = systemClock.monotonicMs();
    delays.enable();
    await says('off');
    delays.disable();
    expect(next()).toBe('Matinale');
    // In the daemon's own thread it would be all of that time. Here it is some 20 ms, and more only on a busy machine.
    expect(delays.max / 1e6).toBeLessThan((systemClock.monotonicMs() - beforeMs) / 2);
  });
});

test('the whole daemon sets up for a live of the calendar, under its title, and says what is planned next', async () => {
  const path = join(folder, 'daemon.ics');
  const at = (hours: number) =>
    new Date(systemClock.nowMs() + hours * 3_600_000).toISOString().replace(/\.\d+|[-:]/g, '');
  const utc = (title: string, start: string) =>
    `BEGIN:VEVENT\r\nUID:${title}\r\nSUMMARY:${title}\r\nDTSTART:${start}\r\nDURATION:PT1H\r\nEND:VEVENT`;
  writeFileSync(path, ics(utc('Matinale', at(0.25)), utc('Soirée', at(8))));
  const studio = await sourcesStudio(folder, { calendar: { file: path, setupMinutes: 30 } });
  try {
    await studio.phaseIs('setup');
    expect(await studio.status()).toMatchObject({
      session: { title: 'Matinale', startedBy: 'calendar' },
      nextPlanned: { title: 'Matinale', source: 'calendar' },
    });
    await studio.api('sessions/current/end', { method: 'POST' });
    await until('the light is off', () => !studio.light.relay);
    expect(await studio.status()).toMatchObject({ nextPlanned: { title: 'Soirée' } });
  } finally {
    await studio.close();
  }
});
