import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { LOG_LEVELS, type LogLevel, type LogLevelSwitch } from '../api/deps.ts';

/** Keys that may hold a secret, wherever they appear. */
const REDACTED = ['password', 'token', 'authorization', 'cookie', 'username'].flatMap((key) => [
  key,
  `*.${key}`,
  `*.*.${key}`,
]);
/** Loggers of single requests are soon forgotten: their places are cleared when so many more have come. */
const CLEAR_EVERY = 500;

/** A log whose level can be changed while everybody writes to it. */
interface StudioLog {
  log: Logger;
  level: LogLevelSwitch;
}

/**
 * Words for people on a terminal, JSON lines otherwise; who reads them by program has `event`, which stays the same where the
 * words may not. `OFFAIR_LOG_LEVEL` sets the level at the start (default info).
 */
export function createLog(env: NodeJS.ProcessEnv, stream: NodeJS.WritableStream & { isTTY?: boolean }): StudioLog {
  const level = LOG_LEVELS.find((name) => name === env.OFFAIR_LOG_LEVEL) ?? 'info';
  const followers = new Followers();
  const options = {
    ...{ level, redact: REDACTED, base: null },
    // Each part of offair has a logger of its own, with a level of its own.
    onChild: (child: Logger) => followers.add(child, log.level),
  };
  const log: Logger = stream.isTTY
    ? pino(options, pretty({ destination: stream, translateTime: 'HH:MM:ss', ignore: 'pid,hostname', sync: true }))
    : pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return {
    log,
    level: {
      get: () => log.level as LogLevel,
      set(next) {
        if (next === log.level) return;
        const before = log.level;
        log.level = next;
        followers.set(next);
        log.warn({ event: 'log-level' }, `the log level is ${next} now, it was ${before}`);
      },
    },
  };
}

/** Loggers that have the level of the first; those that were given another keep it. */
class Followers {
  #all: WeakRef<Logger>[] = [];
  #clearAt = CLEAR_EVERY;

  add(child: Logger, level: string): void {
    if (child.level !== level) return;
    this.#all.push(new WeakRef(child));
    if (this.#all.length < this.#clearAt) return;
    this.#all = this.#all.filter((reference) => reference.deref() !== undefined);
    this.#clearAt = this.#all.length + CLEAR_EVERY;
  }

  set(level: string): void {
    for (const reference of this.#all) {
      const child = reference.deref();
      if (child) child.level = level;
    }
  }
}
