import { describe, expect, test } from 'vitest';
import { wholeLiveView } from '../../api/carbon-views.ts';
import { ReportSchema } from '../../api/report-schema.ts';
import { insightOf } from '../../daemon/insight/index.ts';
import { reportContent } from '../../daemon/report/content.ts';
import { reportOfStory, StudioOfAnEvening } from './live.ts';

const HOUR_MS = 3_600_000;

describe('the report of a live', () => {
  test('has the numbers that the API gives, and its schema is kept to the letter', async () => {
    const studio = new StudioOfAnEvening();
    const insight = insightOf(studio);
    const report = await reportContent(studio, 'live-0');
    if (!report) throw new Error('no report');
    const whole = await insight.wholeLive('live-0', { network: null, sentGigabytes: null });
    const scored = await insight.score('live-0');
    if (!whole || !scored) throw new Error('no insight');
    const view = wholeLiveView(whole);
    expect(report.measured.wh).toEqual(view.measured.wh);
    expect(report.measured.grams).toEqual(view.measured.grams);
    expect(report.measured.footprint).toEqual(view.measured.footprint);
    expect(report.modelled).toMatchObject({
      components: view.modelled.components,
      total: view.modelled.total,
      perViewer: view.modelled.perViewer,
      perViewerHour: view.modelled.perViewerHour,
      perMinuteOnAir: view.modelled.perMinuteOnAir,
    });
    expect(report.score.overall).toBe(scored.score.overall);
    expect(report.rank).toEqual(scored.rank);
    expect(ReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test('sums up by plug, by kind and by phase to the same energy', async () => {
    const { measured, session } = await reportOfStory();
    const sum = (items: readonly { wh: number }[]) => items.reduce((total, { wh }) => total + wh, 0);
    expect(sum(measured.byPlug)).toBeCloseTo(measured.wh.central, 6);
    expect(sum(measured.byKind)).toBeCloseTo(measured.wh.central, 6);
    expect(sum(session.phases)).toBeCloseTo(measured.wh.central, 6);
    expect(measured.byPlug[0]?.name).toBe('PC streaming');
  });

  test('never adds what is measured to what is modelled', async () => {
    const { measured, modelled } = await reportOfStory();
    const together = (measured.grams?.central ?? 0) + (modelled.total?.central ?? 0);
    const numbers = JSON.stringify(await reportOfStory()).match(/-?\d+(\.\d+)?/g) ?? [];
    expect(numbers.map(Number).some((value) => Math.abs(value - together) < 0.01)).toBe(false);
  });

  test('says who made the equivalents, when, and of what', async () => {
    const { equivalents, measured } = await reportOfStory();
    expect(equivalents.map(({ code, of }) => `${code} ${of}`)).toEqual([
      'car measured',
      'train measured',
      'car modelled',
      'train modelled',
    ]);
    for (const { source, year } of equivalents) {
      expect(source).toMatch(/^ADEME, Impact CO2/);
      expect(year).toBe(2025);
    }
    expect((equivalents[0]?.kilometres ?? 0) * 227.6).toBeCloseTo(measured.grams?.central ?? 0, 6);
  });

  test('compares with the lives before it and says what would reduce it', async () => {
    const { earlier, ways } = await reportOfStory({ earlierLives: 9 });
    expect(earlier.map(({ id }) => id)).toEqual(['live-1', 'live-2', 'live-3', 'live-4', 'live-5', 'live-6']);
    expect(ways.map(({ code }) => code)).toEqual([
      'off-air',
      'dim-lights',
      'fewer-cameras',
      'wifi',
      'standby',
      'standby',
      'standby',
    ]);
    const dim = ways.find(({ code }) => code === 'dim-lights');
    expect(dim?.savedWh?.low).toBeLessThan(dim?.savedWh?.central ?? 0);
  });

  test('tells of what providers restated since its end: when, and by how much', async () => {
    const calm = await reportOfStory();
    expect(calm.revision).toBeNull();
    const revised = await reportOfStory({ gramsPerKwh: () => 40, saidAtItsEnd: () => 30 });
    expect(revised.revision?.byGrams).toBeCloseTo(revised.measured.wh.central / 100, 6);
    expect(revised.revision?.at).toBe('2026-11-24T19:52:00.000Z');
  });
});

describe('a live of which not everything is known', () => {
  test('without viewers has nothing modelled for them: not known, not zero', async () => {
    const { audience, modelled, measured, equivalents } = await reportOfStory({ viewers: [] });
    expect(audience).toBeNull();
    expect(modelled.total).toBeNull();
    expect(modelled.perViewer).toBeNull();
    expect(measured.gramsPerViewer).toBeNull();
    expect(modelled.components.find(({ component }) => component === 'hardware')?.grams?.central).toBeGreaterThan(0);
    expect(equivalents.every(({ of }) => of === 'measured')).toBe(true);
  });

  test('without a known grid has its energy, no grams and no climate letter', async () => {
    const { measured, score, noLetter, attributions, equivalents } = await reportOfStory({ gramsPerKwh: null });
    expect(measured.wh.central).toBeGreaterThan(1000);
    expect(measured.grams).toBeNull();
    expect(measured.byPlug.every(({ grams }) => grams === null)).toBe(true);
    expect(score.energy).not.toBeNull();
    expect(score.overall).toBeNull();
    expect(noLetter).toEqual(['grid']);
    expect(attributions).toEqual([]);
    expect(equivalents.every(({ of }) => of === 'modelled')).toBe(true);
  });

  test('with a gap shows it as one, and has no letter below 90 %', async () => {
    const { timeline, score, noLetter, measured } = await reportOfStory({ gap: [60, 120] });
    expect(measured.meanWattsOnAir).toBeNull();
    expect(timeline.watched.some((share) => share === 0)).toBe(true);
    const middle = Math.floor(timeline.watched.length / 2);
    expect(timeline.kinds.every(({ watts }) => watts[middle] === null)).toBe(true);
    expect(score.overall).toBeNull();
    expect(noLetter).toContain('unwatched');
  });

  test('of two minutes has steps of ten seconds and says why it has no letter', async () => {
    const { timeline, session, noLetter, measured } = await reportOfStory({ phases: [['live', 2]] });
    expect(session.seconds).toBe(120);
    expect(timeline.stepSeconds).toBe(10);
    expect(timeline.watched).toHaveLength(12);
    expect(noLetter).toEqual(['short']);
    expect(measured.wh.central).toBeGreaterThan(10);
  });

  test('of 26 hours over the end of summer time is 26 hours long', async () => {
    const { session, timeline } = await reportOfStory({
      startMs: Date.parse('2026-10-24T16:00:00Z'),
      phases: [
        ['setup', 60],
        ['live', 25 * 60],
      ],
    });
    expect(session.seconds * 1000).toBe(26 * HOUR_MS);
    expect(timeline.watched.length).toBeLessThanOrEqual(160);
    expect(timeline.watched.every((share) => share === 1)).toBe(true);
  });

  test('that never was on air has no ratios by the minute on air', async () => {
    const report = await reportOfStory({ phases: [['setup', 40]], viewers: [] });
    expect(report.measured.gramsPerMinuteOnAir).toBeNull();
    expect(report.measured.meanWattsOnAir).toBeNull();
    expect(report.score.whPerLiveHour).toBeNull();
  });

  test('that does not exist has no report', async () => {
    expect(await reportContent(new StudioOfAnEvening(), 'nothing')).toBeNull();
  });
});
