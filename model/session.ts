import type { Phase, SessionPhase, SessionRecord } from './ports.ts';

/** Phases in which the studio is on air for its viewers. */
export function isOnAir(phase: Phase): boolean {
  return phase === 'live';
}

/** The phase a session is in: its last one, or `standby` once it ended. */
export function phaseOf(session: SessionRecord | null): Phase {
  if (!session || session.endedAtMs !== null) return 'standby';
  return session.phases.at(-1)?.phase ?? 'setup';
}

/** Who or what brought it where it is; null when that was not noted. */
export function changedBy(session: SessionRecord | null): string | null {
  if (!session) return null;
  return session.endedAtMs === null ? (session.phases.at(-1)?.by ?? null) : session.endedBy;
}

export function startSession(input: {
  id: string;
  title: string | null;
  phase: SessionPhase;
  by: string;
  atMs: number;
}): SessionRecord {
  return {
    id: input.id,
    title: input.title,
    startedAtMs: input.atMs,
    endedAtMs: null,
    phases: [{ phase: input.phase, atMs: input.atMs, by: input.by }],
    audience: [],
    startedBy: input.by,
    endedBy: null,
  };
}

/** The same phase again changes nothing: webhooks may repeat themselves. */
export function changePhase(session: SessionRecord, phase: SessionPhase, atMs: number, by: string): SessionRecord {
  if (phaseOf(session) === phase) return session;
  return { ...session, phases: [...session.phases, { phase, atMs, by }] };
}

export function addAudience(session: SessionRecord, viewers: number, atMs: number): SessionRecord {
  return { ...session, audience: [...session.audience, { atMs, viewers }] };
}

export function endSession(session: SessionRecord, by: string, atMs: number): SessionRecord {
  return { ...session, endedAtMs: Math.max(atMs, session.startedAtMs), endedBy: by };
}
