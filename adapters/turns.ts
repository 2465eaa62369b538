interface Waiting {
  urgent: boolean;
  run: () => Promise<void>;
}

/** Lets one job run at a time. Urgent jobs (commands) go ahead of the others (polls), each kind in its own order. */
export class Turns {
  #waiting: Waiting[] = [];
  #busy = false;

  take<T>(urgent: boolean, job: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting = { urgent, run: () => job().then(resolve, reject) };
      const at = urgent ? this.#waiting.findIndex((other) => !other.urgent) : -1;
      this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, waiting);
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await next.run();
    this.#busy = false;
  }
}
