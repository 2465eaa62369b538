import { Document } from 'yaml';
import type { AdapterDeps, PlugAdapter } from '../adapters/adapter.ts';
import type { ConfigDesk, ConfigView, DiscoveredView, ReloadView } from '../api/deps.ts';
import { ConfigError, loadConfig, parseConfig } from '../config/load.ts';
import type { StudioConfig } from '../config/schema.ts';
import { SECRET_NAMES, type Secrets } from '../config/secrets.ts';
import { Configured, discover } from './discover.ts';

const SEARCH_MS = 8000;

interface Deps {
  /** As it is used, with every default. */
  config: StudioConfig;
  /** null in the demo, which has none. */
  file: string | null;
  secret: Secrets;
  adapters: readonly PlugAdapter[];
  /** With what the network is searched. */
  adapterDeps: AdapterDeps;
  /** undefined where there is no file to read anew. */
  reload: (() => ReloadView) | undefined;
}

/** Shows the configuration, tells what is wrong with another one, and looks for plugs to make one of. */
export function configDesk({ config, file, secret, adapters, adapterDeps, reload }: Deps): ConfigDesk {
  let searching: Promise<DiscoveredView[]> | null = null;
  return {
    view: () => ({
      file,
      sections: Object.entries(config).map(([name, value]) => ({ name, yaml: shown(name, value) })),
      secrets: SECRET_NAMES.map((name) => ({ name, set: isSet(secret, name) })),
      ...onDisk(config, file),
      families: adapters.map(({ name: adapter, label, needsMqtt = false, byHand = null }) => ({
        ...{ adapter, label, needsMqtt, byHand },
      })),
    }),
    check: (text) => problemsOf(() => parseConfig(text, 'studio.yaml')),
    search() {
      // Those who ask together share one search.
      searching ??= searchNetwork(adapters, adapterDeps).finally(() => {
        searching = null;
      });
      return searching;
    },
    reload: reload ?? (() => ({ outcome: 'none', problems: [], changes: [] })),
  };
}

/** A section as YAML. Secrets have no place in it; what looks like one in an address is left out all the same. */
function shown(name: string, value: unknown): string {
  const text = new Document({ [name]: value }).toString({ lineWidth: 0 });
  return text.replace(/\/\/[^/@\s]*@/g, '//…@').replace(/(:\/\/[^\s"'?]*)\?[^\s"']*/g, '$1?…');
}

function isSet(secret: Secrets, name: string): boolean {
  try {
    return secret(name) !== undefined;
  } catch {
    return false;
  }
}

function onDisk(config: StudioConfig, file: string | null): Pick<ConfigView, 'onDisk' | 'problems'> {
  if (file === null) return { onDisk: 'none', problems: [] };
  let same = false;
  const problems = problemsOf(() => {
    same = JSON.stringify(loadConfig(file)) === JSON.stringify(config);
  });
  return { onDisk: problems.length > 0 ? 'wrong' : same ? 'same' : 'changed', problems };
}

function problemsOf(load: () => unknown): ConfigView['problems'] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
}

async function searchNetwork(adapters: readonly PlugAdapter[], deps: AdapterDeps): Promise<DiscoveredView[]> {
  const { devices } = await discover(adapters, deps, SEARCH_MS, () => {});
  return new Configured(adapters, []).views(devices);
}
