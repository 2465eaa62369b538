/** The parts that are checked, in the order in which they are told. */
export const PARTS = [
  'configuration',
  'secrets',
  'versions',
  'clock',
  'disk',
  'permissions',
  'ports',
  'journal',
  'broker',
  'plugs',
  'influx',
  'carbon',
  'obs',
] as const;
export type Part = (typeof PARTS)[number];

/**
 * `failed`: it does not work, or will not when it is needed. `warning`: it works, and a technician should know.
 * `skipped`: it could not be looked at, or there is nothing to look at.
 */
export type Level = 'ok' | 'warning' | 'failed' | 'skipped';

/** The codes of what is not well or could not be looked at; config/docs/troubleshooting.md explains each. */
export const FINDING_CODES = [
  ...['no-configuration', 'configuration-wrong', 'not-checked', 'timed-out'],
  ...['no-secrets', 'secret-missing', 'secret-blank', 'secret-open', 'secret-unreadable'],
  ...['node-old', 'daemon-other-version'],
  ...['clock', 'clock-unset', 'clock-free'],
  ...['disk-full', 'disk-small', 'disk-memory', 'wear'],
  ...['config-open', 'not-writable', 'journal-open', 'key-missing', 'key-open'],
  ...['port-EADDRINUSE', 'port-EADDRNOTAVAIL', 'port-EACCES', 'port-silent', 'api-silent', 'api-other', 'no-tokens'],
  ...['no-journal', 'journal-set-aside', 'journal-sound', 'journal-damaged', 'journal-unread'],
  ...['dead-letters', 'many-pending', 'dropped'],
  ...['no-broker', 'own-broker', 'broker-away', 'broker-refused', 'broker-rights', 'broker-open'],
  ...['broker-users', 'broker-no-users'],
  ...['plug-away', 'plug-refused', 'plug-odd', 'plug-other', 'plug-not-made', 'plug-broker-away', 'plug-not-asked'],
  ...['plug-not-loaded', 'plug-trouble', 'plug-fault', 'plug-power-on-off', 'plug-clock'],
  ...['no-influx', 'influx-away', 'influx-flavour', 'influx-busy', 'influx-missing', 'influx-refused', 'influx-clock'],
  ...['carbon-silent', 'carbon-empty', 'carbon-old', 'carbon-static', 'carbon-none'],
  ...['no-obs', 'obs-away', 'obs-refused'],
] as const;
/** A port may be refused for any reason that the system knows. */
export type FindingCode = (typeof FINDING_CODES)[number] | `port-${string}`;

/** What was found of one thing. */
export interface Finding {
  part: Part;
  level: Level;
  /** For programs; stays the same. */
  code: string;
  /** Which one of several: a plug, a file, a secret; null when there is only one. */
  about: string | null;
  /** One sentence. */
  text: string;
  /** What to do now; null when nothing is to be done. */
  remedy: string | null;
}

type More = { about?: string; remedy?: string };

/** Makes the findings of one part. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #part: Part;

  constructor(part: Part) {
    this.#part = part;
  }

  #add(level: Level, code: string, text: string, { about, remedy }: More = {}): void {
    this.list.push({ part: this.#part, level, code, about: about ?? null, text, remedy: remedy ?? null });
  }
  add(level: 'warning' | 'failed', code: FindingCode, text: string, more: More & { remedy: string }): void {
    this.#add(level, code, text, more);
  }
  ok(code: string, text: string, about?: string): void {
    this.#add('ok', code, text, about === undefined ? {} : { about });
  }
  skipped(code: FindingCode, text: string, more?: More): void {
    this.#add('skipped', code, text, more);
  }
  warning(code: FindingCode, text: string, more: More & { remedy: string }): void {
    this.add('warning', code, text, more);
  }
  failed(code: FindingCode, text: string, more: More & { remedy: string }): void {
    this.add('failed', code, text, more);
  }
}
