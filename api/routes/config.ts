import * as configs from '../config-schemas.ts';
import type { ApiDeps } from '../deps.ts';
import * as schemas from '../schemas.ts';
import { discoveredView } from '../views.ts';
import { type Api, answers, PREFIX } from './api.ts';

/** The configuration to read and check, and what a first one is made of. Only a reload changes anything. */
export function configRoutes(api: Api, deps: ApiDeps): void {
  const tags = ['configuration'];

  api.get(
    `${PREFIX}/config`,
    {
      schema: {
        tags,
        summary: 'The configuration in use, with every default, and whether its file is still that',
        description: 'Without secrets: of those only whether they are set.',
        response: answers(200, configs.ConfigView),
      },
    },
    async () => deps.configDesk.view(),
  );

  api.post(
    `${PREFIX}/config/check`,
    {
      schema: {
        tags,
        summary: 'Everything that is wrong with the text of a studio.yaml',
        description: 'Keeps nothing. As `offair check-config` does.',
        body: configs.ConfigBody,
        response: answers(200, configs.ConfigCheck),
      },
    },
    async (request) => ({ problems: deps.configDesk.check(request.body.yaml) }),
  );

  api.post(
    `${PREFIX}/config/reload`,
    {
      schema: {
        tags,
        summary: 'Reads studio.yaml and the secrets anew, and takes them whole or not at all',
        description:
          'As SIGHUP does. The API is away for a second or two when something is applied. Nothing is switched: relays stay as they are, sessions go on.',
        response: answers(200, configs.ConfigReload),
      },
    },
    async () => deps.configDesk.reload(),
  );

  api.post(
    `${PREFIX}/discovered/search`,
    {
      schema: {
        tags: ['plugs'],
        summary: 'Searches the network for plugs now, for some eight seconds',
        description: 'All that answer, configured or not. Asks them who they are, and sets nothing.',
        response: answers(200, schemas.Discovered.array()),
      },
    },
    async () => (await deps.configDesk.search()).map(discoveredView),
  );
}
