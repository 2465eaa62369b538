import type { Outcomes } from '../../api/outcomes.ts';
import { type Alarm, type AlarmBook, type AlarmChange, acknowledge, NO_ALARMS } from '../../model/alarms.ts';
import { suggestIdleWatts } from '../../model/idle-suggestion.ts';
import { beginCut, savingsOf } from '../../model/savings.ts';

/** Alarms as a test puts them, and savings of one cut that has lasted since midnight. */
export class FakeOutcomes implements Outcomes {
  book: AlarmBook = NO_ALARMS;
  past: Alarm[] = [];
  readonly listeners = new Set<(change: AlarmChange) => void>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  raise(alarm: Partial<Alarm> & Pick<Alarm, 'code' | 'data'>): void {
    const raised: Alarm = {
      ...{ id: alarm.code, of: 'x', severity: 'critical', plug: null, raisedAtMs: this.#nowMs() },
      ...{ clearedAtMs: null, acknowledged: null, ...alarm },
    };
    this.book = { ...this.book, open: [...this.book.open, raised] };
    for (const listener of this.listeners) listener({ change: 'raised', alarm: raised });
  }

  openAlarms = () => this.book.open;
  alarms = async (limit: number) => [...this.book.open, ...this.past].slice(0, limit);
  acknowledgeAlarm: Outcomes['acknowledgeAlarm'] = async (id, by) => {
    const seen = acknowledge(this.book, id, by, this.#nowMs());
    if (seen) this.book = seen.book;
    return seen?.alarm ?? null;
  };
  onAlarm: Outcomes['onAlarm'] = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  savings: Outcomes['savings'] = async (fromMs, toMs) => {
    const cut = beginCut('key-light', false, toMs - 3_600_000, { watts: 20, readings: 30 });
    const off = [{ fromMs: cut.atMs, toMs, grossWh: 20, ownWh: 1.5 }];
    const sums = savingsOf([{ ...cut, off }], {
      ...{ fromMs, toMs, nowMs: this.#nowMs(), keyOf: () => '2026-11-24', priceOf: () => null, euroPerKwh: () => 0.2 },
    });
    return { ...sums, running: [cut] };
  };
  idleSuggestion: Outcomes['idleSuggestion'] = async (plug) =>
    plug === 'key-light' ? suggestIdleWatts([], 300_000) : null;
}
