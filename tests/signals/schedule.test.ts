import { expect, test } from 'vitest';
import { ScheduleSource } from '../../adapters/schedule/index.ts';
import { localHours } from '../../model/local-day.ts';
import type { SourceReport } from '../../model/signals.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('a schedule says on from the set-up to the end, also when the clock is set, and nothing after its stop', async () => {
  const clock = new FakeClock(Date.parse('2026-11-24T19:29:00+01:00'));
  const weekly = [{ days: ['tuesday' as const], hours: localHours('20:00-22:00') }];
  const source = new ScheduleSource({ weekly, setupMs: 30 * 60_000, timeZone: 'Europe/Paris' }, clock);
  const reports: SourceReport[] = [];
  source.start((report) => reports.push(report));
  expect(reports.at(-1)?.says).toBe('off');
  await clock.advance(60_000);
  expect(reports.at(-1)).toMatchObject({ says: 'on', underWay: [{ event: '2026-11-24 20:00' }] });
  clock.stepWall(3 * 3_600_000);
  await clock.advance(10_000);
  expect(reports.at(-1)?.says).toBe('off');
  await source.stop();
  const count = reports.length;
  await clock.advance(60_000);
  expect(reports).toHaveLength(count);
});
