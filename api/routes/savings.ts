import { iso } from '../../model/iso.ts';
import type { ApiDeps } from '../deps.ts';
import * as schemas from '../outcome-schemas.ts';
import { cutView, savingView } from '../outcome-views.ts';
import { periodOf } from '../period.ts';
import { Problem } from '../problem.ts';
import { IdParams } from '../question-schemas.ts';
import { type Api, answers, PREFIX } from './api.ts';

const DAY_MS = 86_400_000;
const USUAL_DAYS = 28;

/** What the cuts have saved, and what might be cut better. */
export function savingsRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['switching'];

  api.get(
    `${PREFIX}/savings`,
    {
      schema: {
        tags,
        summary: 'What the cuts have saved: Wh, grams, euro',
        description: 'By default of the last four weeks. What dry run would have saved stands apart.',
        querystring: schemas.SavingsQuery,
        response: answers(200, schemas.Savings),
      },
    },
    async (request) => {
      const { groupBy, from, to } = request.query;
      const nowMs = deps.nowMs();
      const { fromMs, toMs } = periodOf({ from: from ?? (to ?? nowMs) - USUAL_DAYS * DAY_MS, to }, nowMs);
      const { whole, groups, running } = await deps.outcomes.savings(fromMs, toMs, groupBy);
      const both = ({ saved, wouldHaveSaved }: typeof whole) => ({
        saved: savingView(saved),
        wouldHaveSaved: savingView(wouldHaveSaved),
      });
      return {
        ...{ from: iso(fromMs), to: iso(toMs), groupBy, ...both(whole) },
        groups: groups.map((group) => ({ key: group.key, ...both(group) })),
        running: running.map(cutView),
      };
    },
  );

  api.get(
    `${PREFIX}/plugs/:id/idle-suggestion`,
    {
      schema: {
        tags,
        summary: 'What idleWatts of a plug might be, learned from its history',
        description: 'Only a suggestion: the configuration is changed by a person.',
        params: IdParams,
        response: answers(200, schemas.IdleSuggestion),
      },
    },
    async (request) => {
      const { id: plug } = request.params;
      const suggestion = await deps.outcomes.idleSuggestion(plug);
      if (!suggestion)
        throw new Problem('not-found', `there is no plug ${JSON.stringify(plug)}: GET ${PREFIX}/plugs lists them`);
      return { plug, ...suggestion };
    },
  );
}
