import type { MqttMessage } from './bus.ts';

/** Handled in one turn, before the socket is looked at again. */
const AT_ONCE = 32;
/** While more than this waits the socket is not read, bytes. */
const MOST_BYTES = 24 * 1024 * 1024;
/** What a message takes beside its payload, bytes, roughly. */
const OVERHEAD_BYTES = 256;

/**
 * Messages that were received and wait for their handlers. A broker throws away what a client does not fetch in time
 * (mosquitto: all above 1000 messages), so the socket goes before: in a flood it is emptied between the handlers' turns.
 */
export class Inbox {
  readonly #handle: (message: MqttMessage) => void;
  #waiting: (MqttMessage | undefined)[] = [];
  #next = 0;
  #bytes = 0;
  #readOn: (() => void) | null = null;

  /** @param handle never throws */
  constructor(handle: (message: MqttMessage) => void) {
    this.#handle = handle;
  }

  put(message: MqttMessage): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#turn());
    this.#waiting.push(message);
    this.#bytes += bytesOf(message);
  }

  /** Calls `readOn` when there is room for the next message: as a rule at once. */
  whenRoom(readOn: () => void): void {
    if (this.#bytes > MOST_BYTES) this.#readOn = readOn;
    else readOn();
  }

  #turn(): void {
    const end = Math.min(this.#next + AT_ONCE, this.#waiting.length);
    while (this.#next < end) {
      const message = this.#waiting[this.#next];
      this.#waiting[this.#next] = undefined;
      this.#next += 1;
      if (!message) continue;
      this.#bytes -= bytesOf(message);
      this.#handle(message);
    }
    if (this.#readOn && this.#bytes <= MOST_BYTES) {
      const readOn = this.#readOn;
      this.#readOn = null;
      readOn();
    }
    if (this.#next < this.#waiting.length) setImmediate(() => this.#turn());
    else {
      this.#waiting = [];
      this.#next = 0;
    }
  }
}

function bytesOf({ payload }: MqttMessage): number {
  return payload.length + OVERHEAD_BYTES;
}
