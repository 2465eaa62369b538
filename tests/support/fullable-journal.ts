import { SqliteJournal } from '../../adapters/journal/index.ts';
import { JournalFull } from '../../model/errors.ts';

type Written<Name extends 'write' | 'putSession' | 'putToken' | 'touchToken'> = Parameters<SqliteJournal[Name]>;

/** A real journal on a disk that can be made full, or slow. */
export class FullableJournal extends SqliteJournal {
  full = false;
  /** Resolves when the disk is no longer slow. */
  slow: Promise<void> | null = null;
  async #intoRoom(write: () => Promise<void>): Promise<void> {
    if (this.slow) await this.slow;
    return this.full ? Promise.reject(new JournalFull('the disk is full')) : write();
  }
  override write(...args: Written<'write'>): Promise<void> {
    return this.#intoRoom(() => super.write(...args));
  }
  override putSession(...args: Written<'putSession'>): Promise<void> {
    return this.#intoRoom(() => super.putSession(...args));
  }
  override putToken(...args: Written<'putToken'>): Promise<void> {
    return this.#intoRoom(() => super.putToken(...args));
  }
  override touchToken(...args: Written<'touchToken'>): Promise<void> {
    return this.#intoRoom(() => super.touchToken(...args));
  }
}
