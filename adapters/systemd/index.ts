import { execFile } from 'node:child_process';

/** A word takes milliseconds; systemd that takes none for so long is given up for this time. */
const PATIENCE_MS = 5000;

export type ServiceState = 'READY=1' | 'RELOADING=1' | 'STOPPING=1' | 'WATCHDOG=1';

/** What systemd wants to hear of a service of `Type=notify`. */
export interface ServiceManager {
  /** It restarts a service that is silent for so long; null: it does not watch. */
  readonly watchdogMs: number | null;
  /** @throws Error when it could not be told */
  tell(state: ServiceState): Promise<void>;
}

/**
 * The systemd that started this process; null when none did. Node has no datagram sockets of the file system
 * (nodejs/node#61933), so `systemd-notify` says each word: 8 ms of CPU on a PC, which is why the unit's watchdog is slow
 * and lets all processes of the service speak (`NotifyAccess=all`).
 * Takes the socket out of `env`: commands that offair runs have nothing to say in its name.
 */
export function serviceManager(env: NodeJS.ProcessEnv): ServiceManager | null {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, PATH = '/usr/bin:/bin' } = env;
  if (!NOTIFY_SOCKET) return null;
  delete env.NOTIFY_SOCKET;
  const watches = WATCHDOG_USEC && (!WATCHDOG_PID || Number(WATCHDOG_PID) === process.pid);
  return {
    watchdogMs: watches ? Number(WATCHDOG_USEC) / 1000 : null,
    tell: (state) =>
      new Promise((resolve, reject) => {
        const options = { env: { NOTIFY_SOCKET, PATH }, timeout: PATIENCE_MS };
        execFile('systemd-notify', [state], options, (error) => {
          if (error) reject(new Error(`systemd could not be told ${state}: ${error.message}`));
          else resolve();
        });
      }),
  };
}
