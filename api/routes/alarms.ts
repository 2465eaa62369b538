import { Alarm } from '../alarm-schema.ts';
import type { ApiDeps } from '../deps.ts';
import * as schemas from '../outcome-schemas.ts';
import { Problem } from '../problem.ts';
import { IdParams, LogQuery } from '../question-schemas.ts';
import { alarmView } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** What went wrong with the power of the studio, and who has seen it. */
export function alarmRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['alarms'];

  api.get(
    `${PREFIX}/alarms`,
    {
      schema: {
        tags,
        summary: 'Alarms, newest first, open and past',
        description: 'The open ones are in the status too, and each change is an event `alarm` of the live stream.',
        querystring: LogQuery,
        response: answers(200, schemas.Alarms),
      },
    },
    async (request) => ({ alarms: (await deps.outcomes.alarms(request.query.limit)).map(alarmView) }),
  );

  api.post(
    `${PREFIX}/alarms/:id/acknowledge`,
    {
      schema: {
        tags,
        summary: 'Say that an open alarm was seen',
        description: 'It stays open until its cause is gone. Who was first stays.',
        params: IdParams,
        response: answers(200, Alarm),
      },
    },
    async (request) => {
      const { id } = request.params;
      const alarm = await deps.outcomes.acknowledgeAlarm(id, request.caller);
      if (!alarm)
        throw new Problem('not-found', `there is no open alarm ${JSON.stringify(id)}: GET ${PREFIX}/alarms lists them`);
      return alarmView(alarm);
    },
  );
}
