import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

/** Keys that may hold a secret, wherever they appear. */
const REDACTED = ['password', 'token', 'authorization', 'cookie', 'username'].flatMap((key) => [
  key,
  `*.${key}`,
  `*.*.${key}`,
]);

/** Words for people on a terminal, JSON lines otherwise. `OFFAIR_LOG_LEVEL` sets the level (default info). */
export function createLog(env: NodeJS.ProcessEnv, stream: NodeJS.WriteStream): Logger {
  const options = { level: env.OFFAIR_LOG_LEVEL ?? 'info', redact: REDACTED, base: null };
  if (!stream.isTTY) return pino({ ...options, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  return pino(options, pretty({ destination: stream, translateTime: 'HH:MM:ss', ignore: 'pid,hostname', sync: true }));
}
