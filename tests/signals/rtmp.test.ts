import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RtmpHookSource } from '../../adapters/rtmp-hook/index.ts';
import type { SourceReport } from '../../model/signals.ts';
import { memoryOf } from '../support/adapter-deps.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { type SourcesStudio, sourcesStudio } from './studio.ts';

describe('an RTMP server as a source', () => {
  /** A source on this memory, and what it said last. */
  const started = (kept = new Map<string, unknown>()) => {
    const reports: SourceReport[] = [];
    const source = new RtmpHookSource(memoryOf(kept));
    source.start((report) => reports.push(report));
    return { source, reports, kept, says: () => [reports.at(-1)?.says, source.trusted] };
  };

  test('knows nothing before the first call, then is on while any stream is published', async () => {
    const { source, says } = started();
    expect(says()).toEqual(['unknown', true]);
    await source.called('live/one', true);
    await source.called('live/two', true);
    await source.called('live/two', true);
    await source.called('live/one', false);
    expect(says()).toEqual(['on', false]);
    await source.called('live/two', false);
    await source.called('live/two', false);
    expect(says()).toEqual(['off', false]);
  });

  test('tells nobody the name of a stream, which is often its key, and keeps none', async () => {
    const { source, reports, kept } = started();
    await source.called('live/a-secret-key', true);
    expect(JSON.stringify([reports, ...kept])).not.toContain('secret');
  });

  test('does not take the end of one stream for the end of those that were published before it was started', async () => {
    const before = started();
    for (const stream of ['one', 'two', 'three']) await before.source.called(stream, true);
    await before.source.stop();
    const { source, says } = started(before.kept);
    await source.called('two', false);
    expect(says()).toEqual(['unknown', true]);
    await source.called('a test', true);
    expect(says()).toEqual(['on', true]);
    await source.called('a test', false);
    await source.called('one', true);
    await source.called('one', false);
    expect(says()).toEqual(['unknown', true]);
    await source.called('three', false);
    expect(says()).toEqual(['off', false]);
  });

  test('forgets those when a person says that it is over, also over a further start', async () => {
    const before = started();
    await before.source.called('one', true);
    const { source, says, kept } = started(before.kept);
    await source.over();
    expect(says()).toEqual(['unknown', false]);
    const after = started(kept);
    await after.source.called('two', false);
    expect(after.says()).toEqual(['off', false]);
  });
});

describe('the whole daemon with an RTMP server', () => {
  const folder = tempFolder();
  let studio: SourcesStudio;
  const start = async () => {
    studio = await sourcesStudio(folder, { rtmpHooks: true });
  };
  beforeAll(start);
  afterAll(() => studio.close());
  const call = (what: string, name = 'key') =>
    studio.api('hooks/rtmp', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `call=${what}&app=live&name=${name}`,
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

  test('of two streams, one that ends after a restart ends no live', async () => {
    await call('publish');
    await call('publish', 'second');
    await studio.phaseIs('live');
    await studio.close();
    await start();
    await call('publish_done', 'second');
    interface Told {
      sources: { trusted: boolean; detail: { code: string; data?: { streams: number } } }[];
    }
    const source = async () => (await studio.api<Told>('status')).sources[0];
    await until('it has heard of one', async () => (await source())?.detail.data?.streams === 1);
    expect(await source()).toMatchObject({ trusted: true, detail: { code: 'rtmp-unsure' } });
    // Its end would have been followed at once.
    expect((await studio.status()).phase).toBe('live');
    expect(studio.light.relay).toBe(true);
    await call('publish_done');
    await studio.phaseIs('standby');
  });
});
