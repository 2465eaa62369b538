import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';
import { CommandExpired, PlugUnreachable, wordsOf } from '../model/errors.ts';
import type { PlugId } from '../model/plug.ts';
import type { Command } from '../model/policy-state.ts';
import type { CommandOutcome, PlugDevice } from '../model/ports.ts';
import type { Reading } from '../model/reading.ts';

/** A plug that is off draws nothing; meters show up to this much noise, watts. */
const OFF_WATTS = 2;
/** Tries to send, and tries to read back after each. A meter may lag behind its relay by some seconds. */
const SEND_ATTEMPTS = 2;
const READ_BACK_ATTEMPTS = 5;
const READ_BACK_PAUSE_MS = 1000;

export interface Execution {
  outcome: CommandOutcome;
  /** What the last read-back said; null when nothing could be read: unknown stays unknown. */
  relay: boolean | null;
  detail: string;
  tookMs: number;
}

interface SwitcherDeps {
  clock: Clock;
  log: Logger;
  device(plug: PlugId): PlugDevice | undefined;
  /** Read-backs are readings like any other. */
  onReading(reading: Reading): void;
  /** Asked right before each sending: a live may have begun since the decision. */
  stillWanted(command: Command): boolean;
}

/**
 * Carries out one command: who is it, is it still wanted, send, read back, look at the watts. Never throws: whatever
 * happens becomes an outcome.
 * @param expiresAtMonotonicMs after this nothing is sent any more
 */
export async function execute(command: Command, expiresAtMonotonicMs: number, deps: SwitcherDeps): Promise<Execution> {
  const { clock } = deps;
  const startedMs = clock.monotonicMs();
  const done = (outcome: CommandOutcome, relay: boolean | null, detail: string): Execution => ({
    outcome,
    relay,
    detail,
    tookMs: Math.round(clock.monotonicMs() - startedMs),
  });
  const device = deps.device(command.plug);
  const relay = device?.relay;
  if (command.dryRun) return done('dry-run', null, 'dry run: nothing was sent');
  if (!device || !relay) return done('refused', null, 'this plug has no relay that offair can switch');

  const on = command.to === 'on';
  let seen: Reading | null = null;
  let sent = false;
  let detail = 'not sent in time';
  /** What the plug itself said against the command: reading it back only shows that it did not obey. */
  let refusal = '';
  const ended = () => done(sent ? (seen ? 'failed' : 'unknown') : 'expired', seen?.relay ?? null, refusal + detail);
  const changed = () =>
    done(sent ? 'unknown' : 'refused', seen?.relay ?? null, 'things have changed since it was decided');
  for (let attempt = 1; attempt <= SEND_ATTEMPTS; attempt += 1) {
    if (clock.monotonicMs() >= expiresAtMonotonicMs) return ended();
    try {
      const mac = await relay.identity();
      if (mac !== device.expectedMac)
        return done('refused', null, `another device answers: MAC ${mac}, expected ${device.expectedMac ?? 'none'}`);
    } catch (error) {
      detail = wordsOf(error);
      await clock.sleep(READ_BACK_PAUSE_MS);
      continue;
    }
    if (!deps.stillWanted(command)) return changed();
    try {
      sent = true;
      await relay.switchTo(on, expiresAtMonotonicMs, () => deps.stillWanted(command));
    } catch (error) {
      detail = wordsOf(error);
      if (error instanceof CommandExpired) {
        sent = attempt > 1;
        return deps.stillWanted(command) ? ended() : changed();
      }
      if (!(error instanceof PlugUnreachable)) refusal = `${detail}; `;
      deps.log.debug({ plug: command.plug, attempt, err: error }, 'command not acknowledged');
    }
    // Acknowledged or not, the plug itself is asked what it did.
    const readBack = await verify(device, on, deps);
    seen = readBack.reading ?? seen;
    detail = readBack.detail || detail;
    if (readBack.verified) return done('verified', on, detail);
  }
  return seen ? done('failed', seen.relay, refusal + detail) : done(sent ? 'unknown' : 'failed', null, detail);
}

async function verify(
  device: PlugDevice,
  on: boolean,
  deps: SwitcherDeps,
): Promise<{ verified: boolean; reading: Reading | null; detail: string }> {
  let reading: Reading | null = null;
  let detail = '';
  for (let attempt = 1; attempt <= READ_BACK_ATTEMPTS; attempt += 1) {
    try {
      reading = await device.read();
      const { watts, relay } = reading;
      const drawn = watts === null ? 'watts not known' : `${watts.toFixed(1)} W`;
      detail = `relay ${relay === null ? 'not known' : relay ? 'on' : 'off'}, ${drawn}`;
      // At once: a reading that is handed over late is overtaken by newer ones.
      deps.onReading(reading);
      const verified = relay === on && (on || (watts !== null && watts <= OFF_WATTS));
      if (verified) {
        return { verified, reading, detail: `read back: ${detail}` };
      }
    } catch (error) {
      detail = wordsOf(error);
    }
    if (attempt < READ_BACK_ATTEMPTS) await deps.clock.sleep(READ_BACK_PAUSE_MS);
  }
  return { verified: false, reading, detail };
}
