import { z } from 'zod';
import { wallParts } from '../../model/local-day.ts';
import { badge } from '../badge.ts';
import * as schemas from '../carbon-schemas.ts';
import { scoreView, wholeLiveView } from '../carbon-views.ts';
import type { ApiDeps } from '../deps.ts';
import { Problem } from '../problem.ts';
import { IdParams } from '../question-schemas.ts';
import { type Api, answers, PREFIX } from './api.ts';

const IMAGE = { 200: { description: 'SVG', content: { 'image/svg+xml': { schema: z.string() } } } };

/** A live from end to end: what was measured, what is modelled, how it scores. */
export function liveRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['sessions'];

  api.get(
    `${PREFIX}/sessions/:id/footprint`,
    {
      schema: {
        tags,
        summary: 'The whole live: the studio as measured; platform, network, viewers and equipment as modelled',
        description:
          'Each modelled number has its band; each parameter its low, central and high value and its source.',
        params: IdParams,
        querystring: schemas.FootprintQuery,
        response: answers(200, schemas.WholeLive),
      },
    },
    async (request) => {
      const { network, sentBytes } = request.query;
      const whole = await deps.insight.wholeLive(request.params.id, {
        network: network ?? null,
        sentGigabytes: sentBytes === undefined ? null : sentBytes / 1e9,
      });
      if (!whole) throw noSuchSession(request.params.id);
      return wholeLiveView(whole);
    },
  );

  const scoreOf = async (id: string) => {
    const found = await deps.insight.score(id);
    if (!found) throw noSuchSession(id);
    return found;
  };
  const monthOf = (asked: string | undefined) => asked ?? wallParts(deps.nowMs(), deps.studio.timeZone).day.slice(0, 7);

  api.get(
    `${PREFIX}/sessions/:id/score`,
    {
      schema: {
        tags,
        summary: 'The letters of a live, A to G, and where it stands among the lives before it',
        description: 'No letter below 90 % coverage or ten minutes on air; no climate letter from yearly averages.',
        params: IdParams,
        response: answers(200, schemas.LiveScore),
      },
    },
    async (request) => {
      const { score, rank } = await scoreOf(request.params.id);
      return { session: request.params.id, score: scoreView(score), rank };
    },
  );

  api.get(
    `${PREFIX}/score`,
    {
      schema: {
        tags,
        summary: 'The letters of a month: its lives as one',
        querystring: schemas.MonthQuery,
        response: answers(200, schemas.MonthScore),
      },
    },
    async (request) => {
      const month = monthOf(request.query.month);
      const { lives, score } = await deps.insight.monthScore(month);
      return { month, lives, score: scoreView(score) };
    },
  );

  api.get(
    `${PREFIX}/sessions/:id/badge.svg`,
    {
      schema: {
        tags,
        summary: 'The letter of a live, as an image',
        params: IdParams,
        querystring: schemas.BadgeQuery,
        response: IMAGE,
      },
    },
    async (request, reply) => {
      const { score, startedAtMs } = await scoreOf(request.params.id);
      const svg = badge(score, { atMs: startedAtMs, span: 'day' }, request.query.lang, deps.studio.timeZone);
      return reply.type('image/svg+xml').serializer(String).send(svg);
    },
  );

  api.get(
    `${PREFIX}/badge.svg`,
    {
      schema: {
        tags,
        summary: 'The letter of a month, as an image',
        querystring: schemas.MonthBadgeQuery,
        response: IMAGE,
      },
    },
    async (request, reply) => {
      const month = monthOf(request.query.month);
      const { score } = await deps.insight.monthScore(month);
      const atMs = Date.parse(`${month}-15T12:00:00Z`);
      const svg = badge(score, { atMs, span: 'month' }, request.query.lang, deps.studio.timeZone);
      return reply.type('image/svg+xml').serializer(String).send(svg);
    },
  );
}

function noSuchSession(id: string): Problem {
  return new Problem('not-found', `there is no session ${JSON.stringify(id)}: GET ${PREFIX}/sessions lists them`);
}
