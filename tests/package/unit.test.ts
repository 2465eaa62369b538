import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const file = fileURLToPath(new URL('../../config/package/offair.service', import.meta.url));
const ANALYZE = '/usr/bin/systemd-analyze';

test('the unit has no setting that V8 can not start with, and asks for a person where the configuration is wrong', () => {
  const unit = readFileSync(file, 'utf8').replaceAll(/^#.*$/gm, '');
  expect(unit).not.toContain('MemoryDenyWriteExecute');
  expect(unit).toContain('RestartPreventExitStatus=78');
});

test.skipIf(!existsSync(ANALYZE))(`its sandbox leaves an exposure of 2.0 at the most (needs ${ANALYZE})`, () => {
  const { stdout } = spawnSync(ANALYZE, ['security', '--offline=true', '--no-pager', file], { encoding: 'utf8' });
  const level = Number(/Overall exposure level for offair\.service: (\d+\.\d+)/.exec(stdout)?.[1]);
  expect(level).toBeLessThanOrEqual(2);
});
