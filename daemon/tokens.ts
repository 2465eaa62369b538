import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Journal, TokenRecord } from '../model/ports.ts';

/** Says whose token it is at first sight, so that secret scanners know it. */
const PREFIX = 'offair_';
const LAST_USED_EVERY_MS = 60_000;

/** Makes a token of 256 random bits. The text is shown once; only its hash is kept. */
export async function createToken(
  journal: Journal,
  input: { label: string; scope: TokenRecord['scope']; nowMs: number },
): Promise<{ text: string; record: TokenRecord }> {
  const text = `${PREFIX}${input.scope}_${randomBytes(32).toString('base64url')}`;
  const record: TokenRecord = {
    id: randomBytes(4).toString('hex'),
    label: input.label,
    scope: input.scope,
    hash: hashOf(text),
    createdAtMs: input.nowMs,
    lastUsedAtMs: null,
  };
  await journal.putToken(record);
  return { text, record };
}

/** The token that has this text, or null when it is not (or no longer) one of ours. Takes the same time for each. */
export async function findToken(journal: Journal, text: string, nowMs: number): Promise<TokenRecord | null> {
  const hash = Buffer.from(hashOf(text), 'hex');
  let found: TokenRecord | null = null;
  for (const token of await journal.tokens()) {
    if (timingSafeEqual(Buffer.from(token.hash, 'hex'), hash)) found = token;
  }
  if (found && nowMs - (found.lastUsedAtMs ?? 0) > LAST_USED_EVERY_MS) {
    // A full disk must not lock anybody out: the note is made at a later use.
    await journal.touchToken(found.id, nowMs).catch(() => {});
  }
  return found;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
