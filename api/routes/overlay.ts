import { z } from 'zod';
import type { Connections } from '../connections.ts';
import type { ApiDeps } from '../deps.ts';
import { EventStreams } from '../events.ts';
import { Overlay, overlayViewer } from '../overlay.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** What the overlay shows, for the overlay and for whatever else draws on a picture. A token of its own scope is enough. */
export function overlayRoutes(api: Api, deps: ApiDeps, connections: Connections): void {
  const tags = ['overlay'];
  const view = overlayViewer(deps);

  api.get(
    `${PREFIX}/overlay`,
    { schema: { tags, summary: 'What the OBS overlay shows now', response: answers(200, Overlay) } },
    async () => view(),
  );

  const streams = new EventStreams(deps, 'overlay', view, () => connections.cut('stream_unread'));
  api.addHook('preClose', async () => streams.endAll());
  api.get(
    `${PREFIX}/overlay/events`,
    {
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'The same as a stream of server-sent events',
        description: 'Event `overlay`, at once and after every change, at most four a second.',
        response: {
          200: { description: 'Never ends by itself', content: { 'text/event-stream': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => reply.type('text/event-stream').send(streams.open() as unknown as string),
  );
}
