import * as schemas from '../carbon-schemas.ts';
import { wholeLiveView } from '../carbon-views.ts';
import type { ApiDeps } from '../deps.ts';
import { Problem } from '../problem.ts';
import { IdParams } from '../schemas.ts';
import { type Api, answers, PREFIX } from './api.ts';

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
}

function noSuchSession(id: string): Problem {
  return new Problem('not-found', `there is no session ${JSON.stringify(id)}: GET ${PREFIX}/sessions lists them`);
}
