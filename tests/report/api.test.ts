import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PAGE_POLICY } from '../../api/report/page.ts';
import type { Report } from '../../model/report.ts';
import { problemOf, TestApi } from '../api/inject.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { pdfText } from './pdf-text.ts';

let api: TestApi;
let id: string;
beforeEach(async () => {
  api = new TestApi();
  const clock = api.studio.clock as FakeClock;
  const started = await api.post('/api/v1/sessions', { title: 'Matinale', phase: 'live' });
  id = (started.json() as { id: string }).id;
  const startMs = clock.nowMs();
  await api.post('/api/v1/sessions/current/audience', { viewers: 400 });
  clock.jump(60 * 60_000);
  api.studio.slices = [0, 1, 2, 3].map((index) => ({
    ...{ plug: 'key-light', startMs: startMs + index * 900_000, sessionId: id, phase: 'live' as const },
    ...{ counterWh: 37, integratedWh: 0, gapWh: 0, coveredMs: 900_000 },
  }));
  await api.post('/api/v1/sessions/current/end');
});
afterEach(() => api.app.close());

const url = (query = '') => `/api/v1/sessions/${id}/report${query}`;

describe('GET sessions/:id/report', () => {
  test('is a page by default, with a policy that lets its own style through and nothing else', async () => {
    const page = await api.get(url());
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toBe(`${PAGE_POLICY}; frame-ancestors 'none'`);
    expect(page.headers['content-disposition']).toBe(`inline; filename="offair-${id}-fr.html"`);
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.text).toContain('148\u202fWh');
    expect((await api.get(url('?lang=en'))).text).toContain('148\u00a0Wh');
  });

  test('as data has the very numbers of the footprint and the score', async () => {
    const report = (await api.get(url('?format=json'))).json() as Report;
    const footprint = (await api.get(`/api/v1/sessions/${id}/footprint`)).json() as {
      measured: Report['measured'];
      modelled: Report['modelled'];
    };
    const { score } = (await api.get(`/api/v1/sessions/${id}/score`)).json() as { score: Report['score'] };
    expect(report.measured.wh).toEqual(footprint.measured.wh);
    expect(report.measured.grams).toEqual(footprint.measured.grams);
    expect(report.modelled.total).toEqual(footprint.modelled.total);
    expect(report.modelled.perMinuteOnAir).toEqual(footprint.modelled.perMinuteOnAir);
    expect(report.score).toEqual(score);
  });

  test('is an image of either size, and a PDF', async () => {
    const image = async (query: string) => {
      const response = await api.app.inject({ url: url(query), headers: { host: '127.0.0.1:8787' } });
      expect(response.headers['content-type']).toBe('image/png');
      return [response.rawPayload.readUInt32BE(16), response.rawPayload.readUInt32BE(20)];
    };
    expect(await image('?format=png')).toEqual([1200, 630]);
    expect(await image('?format=png&size=story&lang=en')).toEqual([1080, 1920]);
    const pdf = await api.app.inject({ url: url('?format=pdf&lang=en'), headers: { host: '127.0.0.1:8787' } });
    expect(pdf.headers['content-type']).toBe('application/pdf');
    expect(pdf.headers['content-disposition']).toContain(`offair-${id}-en.pdf`);
    expect(pdfText(pdf.rawPayload)).toContain('148\u00a0Wh');
  });

  test('tells what it does not know', async () => {
    expect(problemOf(await api.get('/api/v1/sessions/nothing/report'))).toMatchObject({
      code: 'not-found',
      status: 404,
    });
    const wrong = problemOf(await api.get(url('?format=docx&lang=de')));
    expect(wrong.code).toBe('validation-failed');
    expect(wrong.detail).toContain('"html" or "json" or "png" or "pdf"');
    expect(wrong.detail).toContain('"fr" or "en"');
  });

  test('of a session that runs still is of up to now', async () => {
    const { id: running } = (await api.post('/api/v1/sessions', { phase: 'live' })).json() as { id: string };
    const page = await api.get(`/api/v1/sessions/${running}/report?lang=en`);
    expect(page.text).toContain('still running');
  });
});
