import * as schemas from '../carbon-schemas.ts';
import { findingView, outcomeView } from '../carbon-views.ts';
import type { ApiDeps } from '../deps.ts';
import { periodOf } from '../period.ts';
import { Problem } from '../problem.ts';
import { iso } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

const DAY_MS = 86_400_000;
const USUAL_MS = 28 * DAY_MS;
const LONGEST_MS = 100 * DAY_MS;

/** What to do about it: where the energy goes, what draws for nobody, and what a change would bring. */
export function adviceRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['advice'];

  api.get(
    `${PREFIX}/audit`,
    {
      schema: {
        tags,
        summary: 'Hot spots, and what draws between lives',
        description: 'From what was measured in the last four weeks, or in another period of at most 100 days.',
        querystring: schemas.AuditQuery,
        response: answers(200, schemas.Audit),
      },
    },
    async (request) => {
      const nowMs = deps.nowMs();
      const { from, to } = request.query;
      const { fromMs, toMs } = periodOf({ from: from ?? (to ?? nowMs) - USUAL_MS, to }, nowMs);
      if (toMs - fromMs > LONGEST_MS) {
        const error = { field: 'query.from', found: iso(fromMs), expected: 'a period of at most 100 days' };
        throw new Problem('validation-failed', `query.from: expected ${error.expected}`, { errors: [error] });
      }
      const { byPlug, byKind, standby } = await deps.insight.audit(fromMs, toMs);
      const { dryRun } = deps.status();
      return {
        ...{ from: iso(fromMs), to: iso(toMs), byPlug, byKind },
        standby: standby.map((finding) => findingView(finding, dryRun)),
      };
    },
  );

  api.post(
    `${PREFIX}/whatif`,
    {
      schema: {
        tags,
        summary: 'What a change would bring, several side by side',
        description: 'Changes nothing. On a past session or on a plan; in Wh, g and euro, each with its band.',
        body: schemas.WhatIfBody,
        response: answers(200, schemas.WhatIf),
      },
    },
    async (request) => {
      const { session, plan, scenarios } = request.body;
      const asked = scenarios.map(({ start, ...scenario }) => ({ ...scenario, startMs: start }));
      const found = await deps.insight.whatIf(
        plan ? { plan: { ...plan, startMs: plan.start } } : { session: session ?? '' },
        asked,
      );
      if (!found) {
        const detail = `there is no session ${JSON.stringify(session)}: GET ${PREFIX}/sessions lists them`;
        throw new Problem('not-found', detail);
      }
      return {
        base: outcomeView('as it is', found.base),
        scenarios: found.scenarios.map((outcome) => outcomeView(outcome.name, outcome)),
      };
    },
  );
}
