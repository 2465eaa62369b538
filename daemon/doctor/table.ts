import { styleText } from 'node:util';
import type { Finding, Level } from './finding.ts';

const MARKS: Record<Level, { mark: string; colour: 'green' | 'yellow' | 'red' | 'gray' }> = {
  ok: { mark: '✓', colour: 'green' },
  warning: { mark: '!', colour: 'yellow' },
  failed: { mark: '✗', colour: 'red' },
  skipped: { mark: '–', colour: 'gray' },
};

/**
 * What was found, for people: a line each, with its code in the troubleshooting page, the remedy under it. Colours only on a terminal
 * that has them.
 */
export function table(findings: readonly Finding[], stream: NodeJS.WriteStream): string {
  const paint = (colour: 'green' | 'yellow' | 'red' | 'gray', text: string) => styleText(colour, text, { stream });
  const width = Math.max(...findings.map(({ part }) => part.length));
  const lines = findings.flatMap(({ part, level, code, about, text, remedy }, index) => {
    const { mark, colour } = MARKS[level];
    const first = findings[index - 1]?.part !== part;
    const head = `${paint(colour, mark)} ${(first ? part : '').padEnd(width)}  `;
    const named = about === null || text.includes(about) ? text : `${about}: ${text}`;
    const known = level === 'ok' ? '' : paint('gray', ` [${code}]`);
    return [`${head}${named}${known}`, ...(remedy === null ? [] : [`${' '.repeat(width + 4)}→ ${remedy}`])];
  });
  return [...lines, '', verdict(findings)].join('\n');
}

function verdict(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  if (failed + warnings === 0) return 'All is well.';
  const words = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(warnings > 0 ? [`${warnings} to look at`] : []),
    `${count('ok')} well`,
  ];
  return `${words.join(', ')}.`;
}
