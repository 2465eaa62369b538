import { expect, test } from 'vitest';
import { WEEKDAYS } from '../../model/schedule.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { sourcesStudio } from './studio.ts';

const folder = tempFolder();

test('the whole daemon sets up for a planned live, cuts nothing during it, and obeys a person who ends it', async () => {
  const always = { weekly: [{ days: [...WEEKDAYS], hours: '00:00-24:00' }] };
  const studio = await sourcesStudio(folder, { schedule: always });
  try {
    await studio.phaseIs('setup');
    expect(await studio.api<object[]>('sessions')).toMatchObject([{ startedBy: 'schedule', phase: 'setup' }]);
    expect(studio.light.relay).toBe(true);
    await studio.api('sessions/current/end', { method: 'POST' });
    await studio.phaseIs('standby');
    await until('the light is off', () => !studio.light.relay);
    expect(await studio.api<object[]>('sessions')).toHaveLength(1);
  } finally {
    await studio.close();
  }
});
