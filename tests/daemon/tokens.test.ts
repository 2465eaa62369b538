import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createToken, findToken } from '../../daemon/tokens.ts';
import { TOKEN_SCOPES, type TokenRecord } from '../../model/ports.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FullableJournal } from '../support/fullable-journal.ts';
import { tempFolder } from '../support/temp-folder.ts';

const folder = tempFolder();
const clock = new FakeClock();
const MINUTE_MS = 60_000;

/** A journal that may lose its tokens right after they were read. */
class OddJournal extends FullableJournal {
  revoking = false;
  override async tokens(): Promise<TokenRecord[]> {
    const tokens = await super.tokens();
    if (this.revoking) for (const { id } of tokens) await this.deleteToken(id);
    return tokens;
  }
}

let journal: OddJournal;
let text: string;
beforeEach(async () => {
  journal = new OddJournal(join(folder, randomUUID(), 'journal.db'), { clock });
  await journal.open();
  ({ text } = await createToken(journal, { label: 'stream deck', scope: 'control', nowMs: clock.nowMs() }));
});
afterEach(() => journal.close());

test('a token is found by its text, and its use is noted once a minute', async () => {
  const lastUsed = async () => (await journal.tokens())[0]?.lastUsedAtMs;
  const first = clock.nowMs();
  expect(await findToken(journal, text, first)).toMatchObject({ scope: 'control', label: 'stream deck' });
  await findToken(journal, text, first + MINUTE_MS / 2);
  expect(await lastUsed()).toBe(first);
  await findToken(journal, text, first + MINUTE_MS + 1);
  expect(await lastUsed()).toBe(first + MINUTE_MS + 1);
  expect(await findToken(journal, `${text}x`, first)).toBeNull();
});

test('a full disk locks nobody out', async () => {
  journal.full = true;
  expect(await findToken(journal, text, clock.nowMs())).toMatchObject({ scope: 'control' });
});

test('a token that is revoked while it is used stays revoked', async () => {
  journal.revoking = true;
  await findToken(journal, text, clock.nowMs());
  expect(await journal.tokens()).toEqual([]);
});

test.each(TOKEN_SCOPES)('a token of scope %s says at first sight what it is, and is found as that', async (scope) => {
  const made = await createToken(journal, { label: 'obs', scope, nowMs: clock.nowMs() });
  expect(made.text).toMatch(new RegExp(`^offair_${scope}_[\\w-]{43}$`));
  expect(await findToken(journal, made.text, clock.nowMs())).toMatchObject({ scope, label: 'obs' });
});
