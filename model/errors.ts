/** One class per thing a caller does differently. Messages say what happened, to which plug, and what to do now. */

/** The plug did not answer (time-out, refused, no route, broker away): try again later, with back-off. */
export class PlugUnreachable extends Error {
  override name = 'PlugUnreachable';
}
/** The plug refused our credentials or our protocol: a person must mend it, so it is asked again only every few minutes. */
export class PlugAuthRefused extends Error {
  override name = 'PlugAuthRefused';
}
/** The plug answered something that is not the protocol: counted and logged, tried again at the next poll. */
export class PlugProtocolError extends Error {
  override name = 'PlugProtocolError';
  readonly reason: 'unreadable' | 'wrong-value';

  /** @param options.reason `unreadable`: no message of this protocol at all; else one with a value that can't be */
  constructor(message: string, options: ErrorOptions & { reason?: 'unreadable' } = {}) {
    super(message, options);
    this.reason = options.reason ?? 'wrong-value';
  }
}
/** The command was not sent before its deadline and never will be. */
export class CommandExpired extends Error {
  override name = 'CommandExpired';
}
/** The provider has no intensity for us now. */
export class IntensityUnavailable extends Error {
  override name = 'IntensityUnavailable';
  /** It is not to be asked again for this long, ms: it said so, or asking again can't help. 0: as the caller likes. */
  readonly restMs: number;

  constructor(message: string, restMs = 0) {
    super(message);
    this.restMs = restMs;
  }
}
/** The journal could not write for lack of room: nothing of the batch was written, keep it and try again. */
export class JournalFull extends Error {
  override name = 'JournalFull';
}

/** What went wrong, in words: of an error its message. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
