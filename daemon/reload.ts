import type { Logger } from 'pino';
import type { ReloadView } from '../api/deps.ts';
import { type ConfigChange, changesOf, withKept } from '../config/changes.ts';
import { ConfigError, loadConfig } from '../config/load.ts';
import type { StudioConfig } from '../config/schema.ts';
import { SECRET_NAMES, type Secrets, secretsOf } from '../config/secrets.ts';
import { wordsOf } from '../model/errors.ts';
import { type Daemon, type DaemonOptions, startDaemon } from './run.ts';
import { journalPathOf } from './with-journal.ts';

/** Whoever asked by the API has the answer before the API goes away for a moment, ms. */
const ANSWER_FIRST_MS = 300;

interface Deps extends Pick<DaemonOptions, 'clock' | 'random' | 'log' | 'logLevel' | 'onLost' | 'intensitySources'> {
  /** The studio.yaml. */
  file: string;
  env: NodeJS.ProcessEnv;
}

/** A configuration with the secrets as they were when it was read. */
interface Settings {
  config: StudioConfig;
  secrets: ReadonlyMap<string, string | undefined>;
}

/**
 * A daemon with a studio.yaml that may change while it runs. A new configuration is taken whole or not at all: the daemon
 * stops in this process and starts with it, within a second or two; when it does not start, it starts with the old one. No
 * relay moves: a start adopts what it finds, sessions go on, and what the plugs drew meanwhile comes from their counters.
 */
export class ReloadableDaemon {
  readonly #deps: Deps;
  readonly #log: Logger;
  #current: Settings;
  /** What is in use as soon as everything that was accepted is applied. */
  #next: Settings;
  #daemon: Daemon;
  #applying: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(deps: Deps, current: Settings, daemon: Daemon) {
    this.#deps = deps;
    this.#log = deps.log.child({ part: 'configuration' });
    this.#current = current;
    this.#next = current;
    this.#daemon = daemon;
  }

  /** @throws ConfigError, or what `startDaemon` throws */
  static async start(deps: Deps): Promise<ReloadableDaemon> {
    const settings = read(deps);
    let running: ReloadableDaemon | null = null;
    const reload = (): ReloadView => running?.reload() ?? { outcome: 'busy', problems: [], changes: [] };
    running = new ReloadableDaemon(deps, settings, await startWith(deps, settings, reload));
    return running;
  }

  get url(): string {
    return this.#daemon.url;
  }
  /** The parts that show no sign of life any more. */
  late(): string[] {
    return this.#daemon.late();
  }
  get config(): StudioConfig {
    return this.#current.config;
  }

  /** Reads the file and the secrets anew. What comes of it is soon applied, and what is wrong is told: then all stays. */
  reload(): ReloadView {
    let next: Settings;
    try {
      next = read(this.#deps);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#log.error({ event: 'config-wrong' }, `not reloaded, all stays as it is. ${error.message}`);
      return { outcome: 'wrong', problems: [...error.problems], changes: [] };
    }
    const changes = [...changesOf(this.#next.config, next.config), ...secretChanges(this.#next, next)];
    const later = changes.filter(({ needsRestart }) => needsRestart).map(({ path }) => path);
    if (later.length > 0)
      this.#log.warn({ event: 'config-restart-needed' }, `only a restart of offair changes ${later.join(', ')}`);
    if (changes.length === later.length) {
      this.#log.info({ event: 'config-unchanged' }, 'reloaded: nothing to apply');
      return { outcome: changes.length === 0 ? 'unchanged' : 'restart-needed', problems: [], changes };
    }
    const settings = { ...next, config: withKept(next.config, this.#next.config) };
    this.#next = settings;
    const before = this.#applying;
    this.#applying = before.then(async () => {
      await this.#deps.clock.sleep(ANSWER_FIRST_MS);
      if (!this.#stopped) await this.#apply(settings, changes);
    });
    this.#applying.catch(this.#deps.onLost);
    return { outcome: 'applying', problems: [], changes };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#applying.catch(() => {});
    await this.#daemon.stop();
  }

  /** @throws Error when the old configuration does not start any more either */
  async #apply(settings: Settings, changes: readonly ConfigChange[]): Promise<void> {
    const reload = () => this.reload();
    const words = changes.filter(({ needsRestart }) => !needsRestart).map(({ path, kind }) => `${path} ${kind}`);
    this.#log.info({ event: 'config-applying' }, `taking the new configuration: ${words.join(', ')}`);
    await this.#daemon
      .stop()
      .catch((error) => this.#log.error({ event: 'stop-unclean', err: error }, 'a part did not stop cleanly'));
    try {
      this.#daemon = await startWith(this.#deps, settings, reload);
      this.#current = settings;
      this.#log.info({ event: 'config-applied' }, 'the new configuration is in use');
    } catch (error) {
      const why = wordsOf(error);
      this.#log.error(
        { event: 'config-rolled-back' },
        `it does not start with the new configuration: ${why}. Back to the old one`,
      );
      if (this.#next === settings) this.#next = this.#current;
      this.#daemon = await startWith(this.#deps, this.#current, reload);
    }
  }
}

/** @throws ConfigError with everything that is wrong with file or secrets */
function read({ file, env }: Deps): Settings {
  const config = loadConfig(file);
  const secret = secretsOf(env, file);
  return { config, secrets: new Map(SECRET_NAMES.map((name) => [name, secret(name)])) };
}

function startWith(deps: Deps, { config, secrets }: Settings, reload: () => ReloadView): Promise<Daemon> {
  const { file, env, intensitySources, ...common } = deps;
  const others = secretsOf(env, file);
  const secret: Secrets = (name) => (secrets.has(name) ? secrets.get(name) : others(name));
  return startDaemon({
    ...{ ...common, config, configFile: file, journalPath: journalPathOf(config), demo: false, secret, reload },
    ...(intensitySources && { intensitySources }),
  });
}

function secretChanges(before: Settings, after: Settings): ConfigChange[] {
  return SECRET_NAMES.filter((name) => before.secrets.get(name) !== after.secrets.get(name)).map((name) => {
    const kind =
      before.secrets.get(name) === undefined ? 'added' : after.secrets.get(name) === undefined ? 'removed' : 'changed';
    return { path: `secrets.${name}`, kind, needsRestart: false };
  });
}
