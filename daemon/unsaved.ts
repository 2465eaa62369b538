import type { Clock } from '../model/clock.ts';

interface UnsavedDeps<T> {
  clock: Clock;
  retryMs: number;
  put(record: T): Promise<void>;
  /** It could not be written: it is kept and tried again. */
  failed(error: unknown): void;
}

/** Records on their way to the journal. What can't be written is kept and tried again; a newer one of its key replaces it. */
export class Unsaved<T> {
  readonly #deps: UnsavedDeps<T>;
  readonly #waiting = new Map<string, T>();
  #saving: Promise<void> = Promise.resolve();
  #cancelRetry: () => void = () => {};

  constructor(deps: UnsavedDeps<T>) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#waiting.size;
  }

  records(): Iterable<T> {
    return this.#waiting.values();
  }

  /** Written with the next `save`. */
  set(key: string, record: T): void {
    this.#waiting.set(key, record);
  }

  /** One after the other, in the order in which their keys came. Never rejects. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const { clock, retryMs, put, failed } = this.#deps;
      try {
        for (const [key, record] of this.#waiting) {
          await put(record);
          if (this.#waiting.get(key) === record) this.#waiting.delete(key);
        }
      } catch (error) {
        failed(error);
        this.#cancelRetry();
        this.#cancelRetry = clock.after(retryMs, () => void this.save());
      }
    });
    return this.#saving;
  }

  /** One last try. */
  async stop(): Promise<void> {
    this.#cancelRetry();
    await this.save();
    this.#cancelRetry();
  }
}
