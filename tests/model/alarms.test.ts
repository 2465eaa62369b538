import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALARM_TEXTS, alarmText, alarmTitle, LANGUAGES } from '../../model/alarm-texts.ts';
import {
  ALARM_CODES,
  ALARM_RULES,
  type AlarmBook,
  type AlarmChange,
  acknowledge,
  causeOf,
  type Finding,
  followAlarms,
  NO_ALARMS,
} from '../../model/alarms.ts';

const WALL_MS = Date.UTC(2026, 10, 24, 20);
const FAILED: Finding = {
  code: 'restore-failed',
  of: 'key-light',
  plug: 'key-light',
  data: { name: 'Key light', detail: 'no answer' },
};
const NEAR: Finding = { code: 'unreachable-before-live', of: 'cam', plug: 'cam', data: { name: 'Cam' } };

class Book {
  book: AlarmBook = NO_ALARMS;
  readonly changes: AlarmChange[] = [];
  #ms = 0;
  after(ms: number, ...findings: Finding[]): AlarmChange['change'][] {
    this.#ms += ms;
    const { book, changes } = followAlarms(this.book, findings, { steadyMs: this.#ms, wallMs: WALL_MS + this.#ms });
    this.book = book;
    this.changes.push(...changes);
    return changes.map(({ change }) => change);
  }
}

describe('an alarm', () => {
  test('is raised once for a cause, and cleared when that has been gone for a while', () => {
    const book = new Book();
    expect(book.after(0, FAILED)).toEqual(['raised']);
    expect(book.after(1000, FAILED)).toEqual([]);
    expect(book.after(1000)).toEqual([]);
    expect(book.after(9000)).toEqual([]);
    expect(book.after(1000)).toEqual(['cleared']);
    expect(book.changes[1]?.alarm).toMatchObject({ id: book.changes[0]?.alarm.id, clearedAtMs: WALL_MS + 12_000 });
    expect(book.book).toEqual(NO_ALARMS);
  });

  test('waits where the cause may pass by itself, and forgets one that did', () => {
    const book = new Book();
    expect(book.after(0, NEAR)).toEqual([]);
    expect(book.after(19_000, NEAR)).toEqual([]);
    book.after(500);
    expect(book.after(500, NEAR)).toEqual([]);
    expect(book.after(19_999, NEAR)).toEqual([]);
    expect(book.after(1, NEAR)).toEqual(['raised']);
  });

  test('stays one alarm while its cause comes and goes', () => {
    const book = new Book();
    for (let round = 0; round < 50; round += 1) {
      book.after(5000, FAILED);
      book.after(5000);
    }
    expect(book.changes.map(({ change }) => change)).toEqual(['raised']);
  });

  test('is acknowledged by who was first, and stays open', () => {
    const book = new Book();
    book.after(0, FAILED);
    const id = book.book.open[0]?.id ?? '';
    const first = acknowledge(book.book, id, 'Ana', WALL_MS);
    expect(first?.alarm.acknowledged).toEqual({ atMs: WALL_MS, by: 'Ana' });
    expect(first && acknowledge(first.book, id, 'Bob', WALL_MS + 1)?.alarm.acknowledged?.by).toBe('Ana');
    expect(first?.book.open).toHaveLength(1);
    expect(acknowledge(book.book, 'none', 'Ana', WALL_MS)).toBeNull();
  });

  test('never storms: each cause is raised no more often than its rest allows, and every change has a turn', () => {
    const finding = fc.record({
      code: fc.constantFrom(...ALARM_CODES),
      of: fc.constantFrom('a', 'b'),
      plug: fc.constant(null),
      data: fc.constant({}),
    });
    const step = fc.record({ ms: fc.integer({ min: 0, max: 30_000 }), findings: fc.array(finding, { maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const book = new Book();
        let totalMs = 0;
        for (const { ms, findings } of steps) {
          totalMs += ms;
          book.after(ms, ...findings);
          const open = book.book.open.map(causeOf);
          expect(new Set(open).size).toBe(open.length);
        }
        for (const [cause, changes] of Map.groupBy(book.changes, ({ alarm }) => causeOf(alarm))) {
          for (const [index, { change }] of changes.entries())
            expect(change).toBe(index % 2 === 0 ? 'raised' : 'cleared');
          const { clearAfterMs } = ALARM_RULES[changes[0]?.alarm.code ?? 'source-lost'];
          expect(changes.filter(({ change }) => change === 'raised').length, cause).toBeLessThanOrEqual(
            1 + totalMs / clearAfterMs,
          );
        }
      }),
    );
  });
});

describe('the words of alarms', () => {
  test('are there for each code in both languages, with the same data', () => {
    const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const code of ALARM_CODES) expect(holes(ALARM_TEXTS.fr[code]), code).toEqual(holes(ALARM_TEXTS.en[code]));
    for (const language of LANGUAGES) expect(Object.keys(ALARM_TEXTS[language])).toEqual(ALARM_CODES);
  });

  test('have numbers as the language writes them', () => {
    const overload = { code: 'strip-overload', data: { name: 'Rack', watts: 2345.67, limitWatts: 2300 } } as const;
    expect(alarmText(overload, 'en')).toBe('Rack carries 2,345.7 W, and 2,300 W is its limit: unplug something');
    expect(alarmText(overload, 'fr')).toBe(
      'Rack débite 2\u202f345,7 W pour une limite de 2\u202f300 W : débrancher quelque chose',
    );
  });

  test('have a title that says how grave it is, or that it is over', () => {
    const book = new Book();
    book.after(0, FAILED);
    book.after(1);
    book.after(10_000);
    const titles = book.changes.map((change) => [
      alarmTitle(change, 'Studio A', 'en'),
      alarmTitle(change, 'Studio A', 'fr'),
    ]);
    expect(titles).toEqual([
      ['Alarm · Studio A', 'Alarme · Studio A'],
      ['Over · Studio A', 'Terminé · Studio A'],
    ]);
  });
});
