import { z } from 'zod';
import type { ApiDeps } from '../deps.ts';
import * as questions from '../question-schemas.ts';
import * as schemas from '../schemas.ts';
import { followRequest } from '../session-request.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** More is no call of an RTMP server. */
const RTMP_BODY_LIMIT_BYTES = 8192;
const RTMP_CALLS: Readonly<Record<string, boolean>> = { publish: true, update_publish: true, publish_done: false };

/** Routes for programs that can do little: buttons that send no body, RTMP servers that send a form. */
export function hookRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['hooks'];
  const response = answers(200, schemas.HookAnswer);
  const state = () => {
    const { phase, onAir, session } = deps.status();
    return { phase, onAir, session: session?.id ?? null };
  };

  // Clicking twice does no harm. GET is for buttons that can do nothing else, and always needs a token.
  for (const method of ['GET', 'POST'] as const) {
    api.route({
      method,
      url: `${PREFIX}/hooks/session/:action`,
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: `Start, change or end the session, without a body${method === 'GET' ? '; always with a token' : ''}`,
        params: questions.HookParams,
        response,
      },
      handler: async (request) => {
        const { action } = request.params;
        const phase = action === 'start' || action === 'end' ? null : action;
        await followRequest(deps, { end: action === 'end', phase, title: null }, request.caller);
        return state();
      },
    });
    api.route({
      method,
      url: `${PREFIX}/hooks/audience/:viewers`,
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: `Say how many are watching, without a body${method === 'GET' ? '; always with a token' : ''}`,
        params: questions.HookAudienceParams,
        response,
      },
      handler: async (request) => {
        await deps.setAudience(request.params.viewers);
        return state();
      },
    });
  }

  api.register(async (routes) => {
    const asText = { parseAs: 'string', bodyLimit: RTMP_BODY_LIMIT_BYTES } as const;
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser<string>('*', asText, (_request, body, done) => done(null, body));
    // Whatever is wrong, the answer is 204: another one would keep the stream from going out.
    routes.setErrorHandler((error, request, reply) => {
      request.log.warn(
        { event: 'rtmp-call-odd', err: error },
        'a call of the RTMP server was not understood, and let through',
      );
      return reply.code(204).send();
    });
    routes.post(
      `${PREFIX}/hooks/rtmp`,
      {
        schema: {
          tags,
          summary: 'on_publish, on_update and on_publish_done of nginx-rtmp; always answers 204',
          description:
            'Form fields `call` (publish, update_publish, publish_done), `app`, `name`. Beyond loopback the token is in the query: `?token=`',
          response: { 204: z.null().describe('Always') },
        },
      },
      async (request, reply) => {
        const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
        const published = RTMP_CALLS[form.get('call') ?? ''];
        if (published !== undefined) deps.rtmpCalled(`${form.get('app') ?? ''}/${form.get('name') ?? ''}`, published);
        return reply.code(204).send();
      },
    );
  });
}
