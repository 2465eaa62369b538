import type { StudioConfig } from './schema.ts';

/** One difference between two configurations. */
export interface ConfigChange {
  /** `switching.dryRun`; of a plug by its id: `plugs.camera.name`; of a secret: `secrets.mqtt_password`. */
  path: string;
  kind: 'added' | 'removed' | 'changed';
  /** It stays as it was until the daemon is started anew. */
  needsRestart: boolean;
}

/** The history and every point belong to these: a running daemon keeps them. */
const KEPT = ['studio.id', 'journal.path'];

/** What differs, by path; plugs are the same when their id is. */
export function changesOf(before: StudioConfig, after: StudioConfig): ConfigChange[] {
  const [old, now] = [leaves(before), leaves(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path));
  const plugsOf = ({ plugs }: StudioConfig) => new Set(plugs.map(({ id }) => id));
  const [oldPlugs, newPlugs] = [plugsOf(before), plugsOf(after)];
  const whole = (ids: Set<string>, others: Set<string>, kind: ConfigChange['kind']) =>
    [...ids].filter((id) => !others.has(id)).map((id) => ({ path: `plugs.${id}`, kind, needsRestart: false }));
  const ofOne = paths.filter((path) => {
    const [section, id = ''] = path.split('.');
    return section !== 'plugs' || (oldPlugs.has(id) && newPlugs.has(id));
  });
  return [
    ...ofOne.map((path): ConfigChange => {
      const kind = !old.has(path) ? 'added' : now.has(path) ? 'changed' : 'removed';
      return { path, kind, needsRestart: KEPT.includes(path) };
    }),
    ...whole(newPlugs, oldPlugs, 'added'),
    ...whole(oldPlugs, newPlugs, 'removed'),
  ].toSorted((a, b) => a.path.localeCompare(b.path, 'en'));
}

/** The new configuration, but for what a running daemon keeps. */
export function withKept(after: StudioConfig, before: StudioConfig): StudioConfig {
  const { path: _, ...journal } = after.journal;
  const { path } = before.journal;
  return {
    ...after,
    studio: { ...after.studio, id: before.studio.id },
    journal: { ...journal, ...(path !== undefined && { path }) },
  };
}

/** Every value as JSON, by its path. */
function leaves(config: StudioConfig): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string) => {
    if (value === undefined) return;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      found.set(path, JSON.stringify(value));
      return;
    }
    for (const [key, each] of Object.entries(value)) walk(each, path === '' ? key : `${path}.${key}`);
  };
  walk({ ...config, plugs: Object.fromEntries(config.plugs.map((plug) => [plug.id, plug])) }, '');
  return found;
}
