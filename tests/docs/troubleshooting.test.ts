import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROBLEMS } from '../../api/problem.ts';
import { FINDING_CODES } from '../../daemon/doctor/finding.ts';
import { ALARM_CODES } from '../../model/alarms.ts';
import { REASON_CODES } from '../../model/policy-reasons.ts';
import { PROBLEM_CODES } from '../../model/problems.ts';

const page = readFileSync(new URL('../../config/docs/troubleshooting.md', import.meta.url), 'utf8');
const DOCTOR = new URL('../../daemon/doctor/', import.meta.url);

/** The codes in the column `code` of the tables under a heading, with those of its subheadings. */
function codesUnder(heading: string): string[] {
  const [, part = ''] = page.split(`\n## ${heading}\n`);
  const rows = part.split(/\n## /)[0]?.match(/^\| .*$/gm) ?? [];
  let column = 0;
  return rows.flatMap((row) => {
    const cells = row.slice(1, -1).split('|');
    const head = cells.findIndex((cell) => cell.trim() === 'code');
    if (head >= 0) column = head;
    return [...(cells[column] ?? '').matchAll(/`([\w-]+)`/g)].map((match) => match[1] ?? '');
  });
}

test.each([
  ['What the doctor finds', FINDING_CODES],
  ['Alarms', ALARM_CODES],
  ['Problems on the page', PROBLEM_CODES],
  ['Why a plug is, or is not, switched', REASON_CODES],
  ['Errors of the API', Object.keys(PROBLEMS)],
])('%s: every code is explained once, and no other', (heading, codes) => {
  expect(codesUnder(heading).sort()).toEqual([...codes].sort());
});

test('an error of the API has the status that the page says', () => {
  for (const [code, [status]] of Object.entries(PROBLEMS))
    expect(page).toMatch(new RegExp(`^\\| ${status} +\\| \`${code}\``, 'm'));
});

test('the doctor can say each code of its list', () => {
  const source = readdirSync(DOCTOR)
    .filter((name) => name !== 'finding.ts')
    .map((name) => readFileSync(new URL(name, DOCTOR), 'utf8'))
    .join('\n');
  // Those of the system are made of its own words.
  const own = FINDING_CODES.filter((code) => !/^port-E/.test(code));
  expect(own.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
});
