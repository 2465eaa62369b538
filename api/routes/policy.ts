import type { ApiDeps } from '../deps.ts';
import { Problem, refusal } from '../problem.ts';
import * as questions from '../question-schemas.ts';
import * as schemas from '../schemas.ts';
import { cutNowView, holdView, previewView, switchView } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

const MINUTE_MS = 60_000;
const LONGEST_HOLD_MS = questions.LONGEST_HOLD_MINUTES * MINUTE_MS;

/** What will be and was switched, and how a person holds it up or hurries it. */
export function policyRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['switching'];

  api.get(
    `${PREFIX}/policy/preview`,
    {
      schema: {
        tags: ['switching'],
        summary: 'What would be switched when, and why not',
        response: answers(200, schemas.Preview),
      },
    },
    async () => ({ plugs: deps.preview().map(previewView) }),
  );

  api.get(
    `${PREFIX}/switching/log`,
    {
      schema: {
        tags: ['switching'],
        summary: 'What was switched, newest first',
        querystring: questions.LogQuery,
        response: answers(200, schemas.SwitchLog),
      },
    },
    async (request) => ({ entries: (await deps.switchLog(request.query.limit)).map(switchView) }),
  );

  api.post(
    `${PREFIX}/policy/hold`,
    {
      schema: {
        tags,
        summary: 'Keep everything on: nothing is cut until then',
        description: 'Replaces the hold in force. It survives a restart, and lapses by itself.',
        body: questions.HoldBody,
        response: answers(200, schemas.HoldAnswer),
      },
    },
    async (request) => {
      const { minutes, until } = request.body;
      const nowMs = deps.nowMs();
      const untilMs = until ?? nowMs + (minutes ?? 0) * MINUTE_MS;
      if (untilMs <= nowMs || untilMs > nowMs + LONGEST_HOLD_MS)
        throw new Problem('validation-failed', 'body.until: expected a time within the next seven days');
      const hold = await deps.hold(untilMs, request.caller);
      return { hold: hold && holdView(hold) };
    },
  );

  api.delete(
    `${PREFIX}/policy/hold`,
    { schema: { tags, summary: 'End the hold', response: answers(200, schemas.HoldAnswer) } },
    async (request) => {
      await deps.hold(null, request.caller);
      return { hold: null };
    },
  );

  api.get(
    `${PREFIX}/policy/cut-now`,
    {
      schema: {
        tags,
        summary: 'What would be cut without waiting for the grace period; with the token to confirm it',
        response: answers(200, schemas.CutNowOffer),
      },
    },
    async () => cutNowView(deps.cutNowOffer()),
  );

  api.post(
    `${PREFIX}/policy/cut-now`,
    {
      schema: {
        tags,
        summary: 'Do not wait for the grace period',
        description:
          'Skips the grace period and nothing else: what is in use, held or switched by hand stays on, and is cut when nothing speaks against it any more. 409 with the reasons when refused.',
        body: questions.CutNowBody,
        response: answers(202, schemas.CutNowAccepted),
      },
    },
    async (request, reply) => {
      const { confirm, plugs } = request.body;
      const refused = await deps.cutNow(confirm, plugs ?? null, request.caller);
      if (refused.length > 0) throw refusal('Nothing is cut', refused);
      return reply.code(202).send({ accepted: true });
    },
  );
}
