import type { ApiDeps } from '../deps.ts';
import { Problem } from '../problem.ts';
import * as questions from '../question-schemas.ts';
import * as schemas from '../schemas.ts';
import { sessionSummary, sessionView } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** Sessions: the lives of the studio, and the running one. */
export function sessionRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['sessions'];
  const response = answers(200, schemas.Session);

  api.get(
    `${PREFIX}/sessions`,
    { schema: { tags, summary: 'All sessions, newest first', response: answers(200, schemas.Session.array()) } },
    async () => (await deps.sessions()).map(sessionSummary),
  );

  api.get(
    `${PREFIX}/sessions/:id`,
    { schema: { tags, summary: 'One session', params: questions.IdParams, response } },
    async (request) => {
      const session = await deps.session(request.params.id);
      if (session) return sessionView(session);
      const id = JSON.stringify(request.params.id);
      throw new Problem('not-found', `there is no session ${id}: GET ${PREFIX}/sessions lists them`);
    },
  );

  api.post(
    `${PREFIX}/sessions`,
    {
      schema: {
        tags,
        summary: 'Start a session',
        body: questions.StartBody,
        response: answers(201, schemas.Session),
      },
      // Every field has a default, so no body at all is as good as an empty one.
      preValidation: async (request) => {
        request.body ??= questions.StartBody.parse({});
      },
    },
    async (request, reply) => {
      const session = await deps.startSession({ ...request.body, by: request.caller });
      return reply.code(201).header('location', `${PREFIX}/sessions/${session.id}`).send(sessionSummary(session));
    },
  );

  api.post(
    `${PREFIX}/sessions/current/phase`,
    { schema: { tags, summary: 'Change the phase of the running session', body: questions.PhaseBody, response } },
    async (request) => sessionSummary(await deps.setPhase(request.body.phase, request.caller)),
  );

  api.post(
    `${PREFIX}/sessions/current/audience`,
    { schema: { tags, summary: 'Say how many are watching', body: questions.AudienceBody, response } },
    async (request) => sessionSummary(await deps.setAudience(request.body.viewers)),
  );

  api.post(
    `${PREFIX}/sessions/current/end`,
    {
      schema: { tags, summary: 'End the running session', body: questions.EndBody, response },
      preValidation: async (request) => {
        request.body ??= {};
      },
    },
    async (request) => sessionSummary(await deps.endSession(request.caller, request.body.session)),
  );
}
