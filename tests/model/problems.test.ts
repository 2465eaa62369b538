import { expect, test } from 'vitest';
import { fill } from '../../model/coded-text.ts';
import { faultProblems, PROBLEM_CODES, problem } from '../../model/problems.ts';

test('a problem has its words in English, and what a page needs to say it in another language', () => {
  expect(problem('not-switched', { name: 'Key light', detail: 'could not be switched off' }, 'key-light')).toEqual({
    code: 'not-switched',
    text: 'Key light: could not be switched off',
    data: { name: 'Key light', detail: 'could not be switched off' },
    plug: 'key-light',
  });
  expect(problem('session-unknown')).toEqual({
    code: 'session-unknown',
    text: 'Not known whether a live runs: start or end a session to tell',
    plug: null,
  });
});

test('each fault of a plug has a code of its own, one that nobody knows has the words of the plug', () => {
  const found = faultProblems({ id: 'amp', name: 'Amp', flags: ['overheated', 'clock-unset', 'odd_noise'] });
  expect(found.map(({ code, text }) => [code, text])).toEqual([
    ['fault-overheated', 'Amp: its plug reports overheating'],
    ['fault-other', 'Amp: its plug reports odd noise'],
  ]);
  expect(found.every(({ code, plug }) => PROBLEM_CODES.includes(code) && plug === 'amp')).toBe(true);
});

test('words are filled in as they are, and once', () => {
  expect(fill('{name}: {detail}', { name: '{detail}', detail: '$& <b>' })).toBe('{detail}: $& <b>');
  expect(fill('{watts} W', {})).toBe(' W');
});
