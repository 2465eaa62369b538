import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RtmpHookSource } from '../../adapters/rtmp-hook/index.ts';
import type { SourceReport } from '../../model/signals.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { type SourcesStudio, sourcesStudio } from './studio.ts';

describe('an RTMP server as a source', () => {
  test('knows nothing before the first call, then is on while any stream is published', () => {
    const reports: SourceReport[] = [];
    const source = new RtmpHookSource();
    source.start((report) => reports.push(report));
    const says = () => reports.at(-1)?.says;
    expect(says()).toBe('unknown');
    source.called('live/one', true);
    source.called('live/two', true);
    source.called('live/two', true);
    source.called('live/one', false);
    expect(says()).toBe('on');
    source.called('live/two', false);
    source.called('live/two', false);
    expect(says()).toBe('off');
  });

  test('tells nobody the name of a stream, which is often its key', () => {
    const reports: SourceReport[] = [];
    const source = new RtmpHookSource();
    source.start((report) => reports.push(report));
    source.called('live/a-secret-key', true);
    expect(JSON.stringify(reports)).not.toContain('secret');
  });
});

describe('the whole daemon with an RTMP server', () => {
  const folder = tempFolder();
  let studio: SourcesStudio;
  beforeAll(async () => {
    studio = await sourcesStudio(folder, { rtmpHooks: true });
  });
  afterAll(() => studio.close());
  const call = (what: string) =>
    studio.api('hooks/rtmp', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `call=${what}&app=live&name=key`,
    });

  test('what is published is a live, its end cuts the light', async () => {
    await call('publish');
    await studio.phaseIs('live');
    expect(studio.light.relay).toBe(true);
    await call('publish_done');
    await studio.phaseIs('standby');
    await until('the light is off', () => !studio.light.relay);
    expect(await studio.api<object[]>('sessions')).toMatchObject([{ startedBy: 'rtmp', endedBy: 'rtmp' }]);
  });
});
