import type { ApiDeps } from '../deps.ts';
import * as questions from '../question-schemas.ts';
import * as schemas from '../schemas.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** The studio's own roof and battery. */
export function onsiteRoutes(api: Api, deps: ApiDeps): void {
  api.post(
    `${PREFIX}/onsite`,
    {
      schema: {
        tags: ['carbon'],
        summary: 'Say what flows at the studio’s own connection',
        description:
          'At least every five minutes. The share of the roof changes the market-based grams only, never the location-based ones.',
        body: questions.OnsiteBody,
        response: answers(200, schemas.Onsite),
      },
    },
    async (request) => deps.onsite(request.body),
  );
}
