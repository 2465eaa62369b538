import type { SessionPhase } from '../model/ports.ts';
import { type ApiDeps, SessionConflict } from './deps.ts';

/** What a button, a hook or a message wants of the session. To want the same again does no harm. */
export interface SessionRequest {
  end: boolean;
  /** null: `live` when none runs, else as it is. */
  phase: SessionPhase | null;
  title: string | null;
}

type Sessions = Pick<ApiDeps, 'status' | 'startSession' | 'setPhase' | 'endSession'>;

/** Starts, changes or ends the session as wanted. @throws SessionConflict for `wrap` when none runs */
export async function followRequest(api: Sessions, { end, phase, title }: SessionRequest, by: string): Promise<void> {
  if (end) {
    // Nothing runs any more: said twice, or by somebody else already. Not known: then it is news.
    await api.endSession(by).catch(unlessConflict);
    return;
  }
  const running = api.status().session;
  if (running || phase === 'wrap') {
    // Wrap begins no live: without one it is refused.
    if (phase && running?.phase !== phase) await api.setPhase(phase, by);
    return;
  }
  try {
    await api.startSession({ title, phase: phase ?? 'live', by });
  } catch (error) {
    unlessConflict(error);
    // Somebody else started one at the same moment.
    if (phase) await api.setPhase(phase, by);
  }
}

function unlessConflict(error: unknown): void {
  if (!(error instanceof SessionConflict)) throw error;
}
