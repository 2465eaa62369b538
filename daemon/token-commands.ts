import { type Command, Option } from 'commander';
import { TOKEN_SCOPES, type TokenScope } from '../model/ports.ts';
import { systemClock } from './clock.ts';
import { CONFIG } from './options.ts';
import { createToken } from './tokens.ts';
import { withJournal } from './with-journal.ts';

const SCOPES =
  'overlay (what the OBS overlay shows), read (everything), control (may also start lives and switch plugs), or admin (may also reload the configuration and change the log level)';

/** `offair token`: who may use the API. */
export function addTokenCommands(program: Command, print: (text: string) => void): void {
  const command = program.command('token').description('make, list and revoke API tokens');
  command
    .command('create <label>')
    .description('make a token; it is shown once')
    .addOption(new Option('--scope <scope>', SCOPES).choices(TOKEN_SCOPES).default('control'))
    .option(...CONFIG)
    .action((label: string, { scope, config }: { scope: TokenScope; config?: string }) =>
      withJournal(config, 'create', async (journal, path) => {
        const { text, record } = await createToken(journal, { label, scope, nowMs: systemClock.nowMs() });
        print(
          `${text}\nid ${record.id}, scope ${scope}. It is shown only now: keep it.\nIt is valid for the daemon whose journal is ${path}`,
        );
      }),
    );
  command
    .command('list')
    .description('list the tokens, without their secrets')
    .option(...CONFIG)
    .action(({ config }: { config?: string }) =>
      withJournal(config, 'fail', async (journal) => {
        const tokens = await journal.tokens();
        if (tokens.length === 0) print('no tokens');
        for (const { id, label, scope, createdAtMs, lastUsedAtMs } of tokens) {
          const used = lastUsedAtMs === null ? 'never used' : `last used ${new Date(lastUsedAtMs).toISOString()}`;
          print(`${id}  ${scope}  ${label}  made ${new Date(createdAtMs).toISOString()}, ${used}`);
        }
      }),
    );
  command
    .command('revoke <id>')
    .description('make a token worthless at once')
    .option(...CONFIG)
    .action((id: string, { config }: { config?: string }) =>
      withJournal(config, 'fail', async (journal) => {
        if (!(await journal.deleteToken(id))) throw new Error(`no token ${id}: offair token list shows them`);
        print(`token ${id} is revoked`);
      }),
    );
}
