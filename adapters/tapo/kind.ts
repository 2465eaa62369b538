import { PlugAuthRefused, PlugProtocolError } from '../../model/errors.ts';
import { jsonOf } from '../json.ts';
import type { Channel, Expiry } from './channel.ts';

/** The account of the Tapo app, exactly as typed at registration. */
export interface Account {
  username: string;
  password: string;
}

export type TransportName = 'klap' | 'aes' | 'tpap';

/** One way to log in to a plug and to talk to it then. */
export interface TransportKind {
  readonly name: TransportName;
  /**
   * Logs in.
   * @throws WrongTransport, PlugUnreachable, PlugAuthRefused, PlugProtocolError, CommandExpired, SessionLost
   */
  open(channel: Channel, account: Account, expiry: Expiry): Promise<Session>;
}

/** What a login led to. */
export interface Session {
  usableAt(monotonicMs: number): boolean;
  /**
   * Carries JSON to the plug and back.
   * @throws SessionLost, PlugUnreachable, PlugAuthRefused, PlugProtocolError, CommandExpired
   */
  send(request: string, expiry: Expiry): Promise<unknown>;
}

/** The plug does not speak this kind of transport; the message says what it answered. */
export class WrongTransport extends Error {
  override name = 'WrongTransport';
  /** What it probably speaks instead. */
  readonly likely: TransportName | null;

  constructor(message: string, likely: TransportName | null = null) {
    super(message);
    this.likely = likely;
  }
}

/** The plug does not accept the e-mail or the password: trying again can only make it worse. */
export class LoginRefused extends PlugAuthRefused {
  override name = 'LoginRefused';
  /** How many wrong logins the plug still takes before it locks itself; null when it does not count them. */
  readonly remainingAttempts: number | null;

  constructor(message: string, remainingAttempts: number | null) {
    super(message);
    this.remainingAttempts = remainingAttempts;
  }
}

/** What ends a session that was granted just before. */
export const TAKEN_AWAY = 'does another program, or the Tapo app, keep logging in to it?';

/** The plug no longer knows our session. */
export class SessionLost extends Error {
  override name = 'SessionLost';
  /** What it means when it happens twice in a row. */
  readonly verdict: Error;
  /** Whether the plug may have done what the request wanted. */
  readonly mayHaveArrived: boolean;

  constructor(verdict: Error, mayHaveArrived: boolean) {
    super('session lost');
    this.verdict = verdict;
    this.mayHaveArrived = mayHaveArrived;
  }
}

/**
 * What a device answered within a session.
 * @throws SessionLost: some firmware answers so, with status 200, when another client has replaced the session
 */
export function answerIn(who: string, decrypt: () => string): unknown {
  let text: string;
  try {
    text = decrypt();
  } catch {
    throw new SessionLost(new PlugProtocolError(`${who} answered something that can't be decrypted`), true);
  }
  const answer = jsonOf(text);
  if (answer === undefined)
    throw new SessionLost(new PlugProtocolError(`${who} answered something that is not JSON`), true);
  return answer;
}
