import type { SourceReport } from '../../model/signals.ts';
import { sourceWords } from '../../model/source-words.ts';

type Output = 'off' | 'on' | 'reconnecting' | 'stopping';

const STREAM_CODES = {
  off: 'obs-idle',
  on: 'obs-streams',
  reconnecting: 'obs-reconnects',
  stopping: 'obs-stopping',
} as const;

/** What OBS answers to GetStreamStatus, as far as it is used; frames and bytes since the output began. */
interface StreamStatus {
  outputActive: boolean;
  outputReconnecting: boolean;
  outputBytes: number;
  outputSkippedFrames: number;
  outputTotalFrames: number;
}

/**
 * What the events and answers of OBS say of its outputs. An output is over at STOPPED: at STOPPING, which calls it
 * inactive already, the last seconds are still sent. It is on while it reconnects. To hear the same twice does no harm.
 */
export class ObsOutputs {
  readonly #recordingCounts: boolean;
  #stream: Output = 'off';
  #record: Output = 'off';
  #status: StreamStatus | null = null;

  constructor(recordingCounts: boolean) {
    this.#recordingCounts = recordingCounts;
  }

  /** @returns whether that changed anything */
  streamChanged(state: string): boolean {
    const before = this.#stream;
    this.#stream = after(state, before);
    return this.#stream !== before;
  }

  recordChanged(state: string): boolean {
    const before = this.#record;
    this.#record = after(state, before);
    return this.#recordingCounts && this.#record !== before;
  }

  streamStatus(status: StreamStatus): void {
    const { outputActive, outputReconnecting } = status;
    // Older versions send no event when they reconnect.
    if (outputReconnecting) this.#stream = 'reconnecting';
    else if (outputActive) this.#stream = 'on';
    else if (this.#stream !== 'stopping') this.#stream = 'off';
    // An output that is off answers zeros, or what the last one sent.
    if (this.#stream !== 'off') this.#status = status;
  }

  recordStatus({ outputActive }: { outputActive: boolean }): void {
    if (outputActive) this.#record = 'on';
    else if (this.#record !== 'stopping') this.#record = 'off';
  }

  report(): SourceReport {
    const recording = this.#recordingCounts && this.#record !== 'off';
    const code = STREAM_CODES[this.#stream];
    return {
      says: this.#stream !== 'off' || recording ? 'on' : 'off',
      detail: sourceWords(recording ? `${code}-records` : code),
      ...(this.#status && {
        stream: {
          sentBytes: this.#status.outputBytes,
          totalFrames: this.#status.outputTotalFrames,
          droppedFrames: this.#status.outputSkippedFrames,
        },
      }),
    };
  }
}

function after(state: string, before: Output): Output {
  switch (state) {
    case 'OBS_WEBSOCKET_OUTPUT_STARTED':
    case 'OBS_WEBSOCKET_OUTPUT_RECONNECTED':
    case 'OBS_WEBSOCKET_OUTPUT_RESUMED':
    case 'OBS_WEBSOCKET_OUTPUT_PAUSED':
      return 'on';
    case 'OBS_WEBSOCKET_OUTPUT_RECONNECTING':
      return 'reconnecting';
    case 'OBS_WEBSOCKET_OUTPUT_STOPPING':
      return before === 'off' ? 'off' : 'stopping';
    case 'OBS_WEBSOCKET_OUTPUT_STOPPED':
      return 'off';
    default:
      // STARTING is not on air yet, and the start may fail.
      return before;
  }
}
