import { iso } from '../../model/iso.ts';
import type { ApiDeps } from '../deps.ts';
import { periodOf, stepOf } from '../period.ts';
import { columnOf } from '../power.ts';
import { Problem, refusal } from '../problem.ts';
import * as questions from '../question-schemas.ts';
import * as schemas from '../schemas.ts';
import { bucketView, discoveredView, plugView } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** Plugs: what they measure, and switching one. */
export function plugRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['plugs'];

  const plugOf = (id: string) => {
    const plug = deps.status().plugs.find((one) => one.id === id);
    if (!plug) throw noSuchPlug(id);
    return plug;
  };

  api.get(
    `${PREFIX}/plugs`,
    { schema: { tags, summary: 'All plugs', response: answers(200, schemas.Plug.array()) } },
    async () => deps.status().plugs.map(plugView),
  );

  api.get(
    `${PREFIX}/plugs/:id`,
    { schema: { tags, summary: 'One plug', params: questions.IdParams, response: answers(200, schemas.Plug) } },
    async (request) => plugView(plugOf(request.params.id)),
  );

  api.get(
    `${PREFIX}/plugs/:id/history`,
    {
      schema: {
        tags,
        summary: 'Mean and highest watts of one plug over time',
        params: questions.IdParams,
        querystring: questions.HistoryQuery,
        response: answers(200, schemas.History),
      },
    },
    async (request) => {
      const { id: plug } = plugOf(request.params.id);
      const { fromMs, toMs } = periodOf(request.query, deps.nowMs());
      const stepMs = stepOf(request.query.step, fromMs, toMs);
      const buckets = await deps.history(plug, fromMs, toMs, stepMs);
      return { plug, from: iso(fromMs), to: iso(toMs), stepSeconds: stepMs / 1000, buckets: buckets.map(bucketView) };
    },
  );

  api.get(
    `${PREFIX}/power`,
    {
      schema: {
        tags,
        summary: 'Mean watts of all plugs on one time axis',
        description: 'For charts: one request, however many plugs there are.',
        querystring: questions.PowerQuery,
        response: answers(200, schemas.Power),
      },
    },
    async (request) => {
      const { plug } = request.query;
      const asked = periodOf(request.query, deps.nowMs());
      const stepMs = stepOf(request.query.step, asked.fromMs, asked.toMs);
      const axis = { fromMs: Math.floor(asked.fromMs / stepMs) * stepMs, toMs: asked.toMs, stepMs };
      const ids = plug === undefined ? deps.status().plugs.map(({ id }) => id) : [plugOf(plug).id];
      const plugs = await Promise.all(
        ids.map(async (id) => {
          const buckets = await deps.history(id, axis.fromMs, axis.toMs, stepMs);
          return { plug: id, watts: columnOf(buckets, axis) };
        }),
      );
      return { from: iso(axis.fromMs), to: iso(axis.toMs), stepSeconds: stepMs / 1000, plugs };
    },
  );

  api.post(
    `${PREFIX}/plugs/:id/commands`,
    {
      schema: {
        tags,
        summary: 'Switch one plug',
        description:
          'Accepted is not yet done: the switching log says how it ended. 409 with the reasons when refused.',
        params: questions.IdParams,
        body: questions.CommandBody,
        response: answers(202, schemas.CommandAccepted),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const result = await deps.command(id, request.body.power, request.caller);
      if (result === null) throw noSuchPlug(id);
      if (!result.accepted) {
        throw refusal(`${id} is not switched ${request.body.power}`, result.reasons);
      }
      return reply.code(202).send({ accepted: true, commandId: result.commandId, dryRun: result.dryRun });
    },
  );

  api.delete(
    `${PREFIX}/plugs/:id/override`,
    {
      schema: {
        tags,
        summary: 'Give a plug that was switched by hand back to the policy, before the phase changes',
        description:
          'Nothing is left to do when nobody has switched it. The policy then decides by its rules, at once.',
        params: questions.IdParams,
        response: answers(200, schemas.Plug),
      },
    },
    async (request) => {
      const { id } = request.params;
      if (!(await deps.releaseOverride(id))) throw noSuchPlug(id);
      return plugView(plugOf(id));
    },
  );

  api.get(
    `${PREFIX}/discovered`,
    {
      schema: {
        tags,
        summary: 'Devices that were found and are not configured',
        description: 'What was not heard for a day is forgotten. `yaml` is ready to be pasted into studio.yaml.',
        response: answers(200, schemas.Discovered.array()),
      },
    },
    async () => deps.discovered().map(discoveredView),
  );
}

function noSuchPlug(id: string): Problem {
  return new Problem('not-found', `there is no plug ${JSON.stringify(id)}: GET ${PREFIX}/plugs lists them`);
}
