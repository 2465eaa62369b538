import { EventSubscription, OBSWebSocket, OBSWebSocketError } from 'obs-websocket-js/json';
import type { Clock, Random } from '../../model/clock.ts';
import type { CodedText } from '../../model/coded-text.ts';
import type { SessionSource, SourceReport } from '../../model/signals.ts';
import { type SourceCode, sourceWords } from '../../model/source-words.ts';
import { ObsOutputs } from './outputs.ts';

/** A host that vanished is noticed within these two together; a socket alone does not tell. */
const HEARTBEAT_MS = 10_000;
const ANSWER_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;
/** What a person must put right first is not asked for every few seconds. */
const REFUSED_RETRY_MS = 60_000;

/** Close codes of obs-websocket 5 that trying again soon does not help. */
const REFUSALS: Readonly<Record<number, SourceCode>> = { 4009: 'obs-refused', 4010: 'obs-version' };
/** After it one must not connect again by oneself. */
const KICKED = 4011;

export interface ObsSettings {
  /** `ws://host:4455` */
  url: string;
  password: string | undefined;
  /** true: recording counts as on air too. */
  recording: boolean;
}

/** Whether OBS streams, by its WebSocket (protocol 5, OBS 28 and later). Lost means unknown, never off air. */
export class ObsSource implements SessionSource {
  readonly name = 'obs';
  readonly role = 'witness';
  readonly trusted = true;
  readonly #settings: ObsSettings;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #abort = new AbortController();
  #report: (report: SourceReport) => void = () => {};
  #loop: Promise<void> = Promise.resolve();
  /** OBS said that it closes and sent nothing then: until something answers there again it is off, not lost. */
  #closed = false;

  constructor(settings: ObsSettings, { clock, random }: { clock: Clock; random: Random }) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
  }

  start(report: (report: SourceReport) => void): void {
    this.#report = report;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const connection = new Connection();
      let refused = false;
      try {
        await this.#watch(connection, () => {
          retryMs = FIRST_RETRY_MS;
        });
      } catch (error) {
        if (signal.aborted) return;
        const code = error instanceof OBSWebSocketError ? error.code : -1;
        refused = code in REFUSALS;
        if (code === KICKED) {
          this.#lost(sourceWords('obs-kicked'));
          return;
        }
        const refusal = REFUSALS[code];
        const { url } = this.#settings;
        this.#lost(refusal ? sourceWords(refusal) : sourceWords('obs-away', { url, why: wordsOf(error) }));
      } finally {
        connection.cut();
      }
      const waitMs = refused ? REFUSED_RETRY_MS : retryMs * (0.8 + 0.4 * this.#random());
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
      await this.#clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  #lost(detail: CodedText): void {
    this.#report(this.#closed ? { says: 'off', detail: sourceWords('obs-closed') } : { says: 'unknown', detail });
  }

  /** Connects and reports until the connection is lost. @throws whatever ends it */
  async #watch(obs: Connection, onReached: () => void): Promise<never> {
    const outputs = new ObsOutputs(this.#settings.recording);
    const tell = () => this.#report(outputs.report());
    const ended = this.#ending(obs);
    // Events first: what changes between the answer and the subscription would be missed.
    obs.on('StreamStateChanged', ({ outputState }) => {
      if (outputs.streamChanged(outputState)) tell();
    });
    obs.on('RecordStateChanged', ({ outputState }) => {
      if (outputs.recordChanged(outputState)) tell();
    });
    obs.on('ExitStarted', () => {
      this.#closed = outputs.report().says === 'off';
    });
    obs.on('ConnectionOpened', () => {
      this.#closed = false;
    });
    const eventSubscriptions = EventSubscription.General | EventSubscription.Outputs;
    const { url, password, recording } = this.#settings;
    await this.#soon(obs.connect(url, password, { eventSubscriptions }), ended);
    onReached();
    for (;;) {
      outputs.streamStatus(await this.#soon(obs.call('GetStreamStatus'), ended));
      if (recording) outputs.recordStatus(await this.#soon(obs.call('GetRecordStatus'), ended));
      tell();
      await Promise.race([this.#clock.sleep(HEARTBEAT_MS, this.#abort.signal), ended]);
    }
  }

  /** Rejects when the connection ends or offair stops. */
  #ending(obs: Connection): Promise<never> {
    const ended = new Promise<never>((_resolve, reject) => {
      const { signal } = this.#abort;
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      obs.on('ConnectionClosed', (error) => {
        signal.removeEventListener('abort', onAbort);
        reject(error);
      });
    });
    ended.catch(() => {});
    return ended;
  }

  /** What an answer is waited for. A call that was never answered stays open for ever in the library. */
  async #soon<T>(work: Promise<T>, ended: Promise<never>): Promise<T> {
    work.catch(() => {});
    const patience = new AbortController();
    const late = this.#clock.sleep(ANSWER_MS, patience.signal).then(() => {
      throw new Error(`no answer within ${ANSWER_MS / 1000} s`);
    });
    late.catch(() => {});
    try {
      return await Promise.race([work, ended, late]);
    } finally {
      patience.abort();
    }
  }
}

/** One connection, thrown away when it ends. */
class Connection extends OBSWebSocket {
  /** Ends it at once: a close that waits for a vanished host's answer would take 30 s. */
  cut(): void {
    const { socket } = this;
    this.removeAllListeners();
    this.cleanup();
    if (!socket) return;
    socket.onerror = () => {};
    if ('terminate' in socket && typeof socket.terminate === 'function') socket.terminate();
  }
}

function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)) || 'the connection was closed';
}
