import { iso } from '../../model/iso.ts';
import * as schemas from '../carbon-schemas.ts';
import { findingView, outcomeView } from '../carbon-views.ts';
import type { ApiDeps } from '../deps.ts';
import { daysFor, periodOf } from '../period.ts';
import { Problem } from '../problem.ts';
import { type Api, answers, PREFIX } from './api.ts';

const DAY_MS = 86_400_000;
const USUAL_DAYS = 28;
/** 30 plugs for 100 days, 200 plugs for 15: some 300 000 quarter hours, which have to be in memory together. */
const LONGEST = { days: 100, plugDays: 3000 };

/** What to do about it: where the energy goes, what draws for nobody, and what a change would bring. */
export function adviceRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['advice'];

  api.get(
    `${PREFIX}/audit`,
    {
      schema: {
        tags,
        summary: 'Hot spots, and what draws between lives',
        description:
          'From what was measured in the last four weeks, or in another period of at most 100 days; of more than 30 plugs fewer.',
        querystring: schemas.AuditQuery,
        response: answers(200, schemas.Audit),
      },
    },
    async (request) => {
      const nowMs = deps.nowMs();
      const longestDays = daysFor(deps.status().plugs.length, LONGEST);
      const { from, to } = request.query;
      const usualMs = Math.min(USUAL_DAYS, longestDays) * DAY_MS;
      const { fromMs, toMs } = periodOf({ from: from ?? (to ?? nowMs) - usualMs, to }, nowMs, longestDays);
      const { standby, ...audit } = await deps.insight.audit(fromMs, toMs);
      const { dryRun } = deps.status();
      return {
        ...{ from: iso(fromMs), to: iso(toMs), ...audit },
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
