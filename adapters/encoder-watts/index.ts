import type { Clock } from '../../model/clock.ts';
import type { CodedText } from '../../model/coded-text.ts';
import {
  learnThresholds,
  liveTimes,
  READING_LASTS_MS,
  type Suspicion,
  suspicionOf,
  type WattHistory,
  type WattSample,
  type WattThresholds,
  wattHistory,
} from '../../model/encoder-watts.ts';
import type { HistoryBucket, SessionRecord } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { SessionSource, SourceReport } from '../../model/signals.ts';
import { sourceWords } from '../../model/source-words.ts';

const LOOK_MS = 5000;
const LEARN_EVERY_MS = 6 * 3_600_000;
const LEARN_FROM_LIVES = 20;
/** So long before and after a live is looked at for what it draws otherwise. */
const AROUND_MS = 2 * 3_600_000;

export interface EncoderWattsSettings {
  plug: string;
  /** null: learned from past lives. */
  thresholds: WattThresholds | null;
  holdMs: number;
  /** true: it begins and ends lives where no witness has anything to say. */
  decides: boolean;
}

export interface EncoderWattsDeps {
  clock: Clock;
  /** Newest first. */
  sessions(): Promise<SessionRecord[]>;
  /** Mean watts of the plug by minute. */
  minutes(fromMs: number, toMs: number): Promise<HistoryBucket[]>;
}

/**
 * Suspects a live from what the encoder's computer draws. As long as it does, nothing is cut; it neither begins nor ends
 * what a witness knows.
 */
export class EncoderWattsSource implements SessionSource {
  readonly name = 'encoder-watts';
  readonly role = 'hint';
  readonly trusted = false;
  readonly decides: boolean;
  readonly plug: string;
  readonly #settings: EncoderWattsSettings;
  readonly #deps: EncoderWattsDeps;
  #report: (report: SourceReport) => void = () => {};
  #samples: WattSample[] = [];
  #says: Suspicion = 'unknown';
  #learned: WattThresholds | CodedText;
  #learnedFrom: WattHistory | null = null;
  #learning: Promise<void> = Promise.resolve();
  #learnAtMs = Number.NEGATIVE_INFINITY;
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(settings: EncoderWattsSettings, deps: EncoderWattsDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.decides = settings.decides;
    this.plug = settings.plug;
    this.#learned = settings.thresholds ?? sourceWords('encoder-looking');
  }

  start(report: (report: SourceReport) => void): void {
    this.#report = report;
    this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#learning;
  }

  reading({ watts, monotonicMs }: Pick<Reading, 'watts' | 'monotonicMs'>): void {
    if (watts === null) return;
    this.#samples.push({ watts, atMs: monotonicMs });
  }

  #look(): void {
    const { clock } = this.#deps;
    const { holdMs, thresholds } = this.#settings;
    const nowMs = clock.monotonicMs();
    if (thresholds === null && nowMs - this.#learnAtMs >= LEARN_EVERY_MS) {
      this.#learnAtMs = nowMs;
      this.#learning = this.#learn().catch((error: Error) => {
        this.#learned = sourceWords('encoder-unlearned', { why: error.message });
      });
    }
    // Of what is older one may reach into the hold time.
    const first = this.#samples.findIndex(({ atMs }) => atMs > nowMs - holdMs);
    this.#samples = first === -1 ? this.#samples.slice(-1) : this.#samples.slice(Math.max(0, first - 1));
    this.#tell(nowMs);
    if (!this.#stopped) this.#cancel = clock.after(LOOK_MS, () => this.#look());
  }

  #tell(nowMs: number): void {
    const { holdMs } = this.#settings;
    const learned = this.#learned;
    if ('code' in learned) {
      this.#report({ says: 'unknown', detail: learned });
      return;
    }
    this.#says = suspicionOf(this.#says, this.#samples, learned, holdMs, nowMs);
    const last = this.#samples.at(-1);
    const plug = this.plug;
    const [liveWatts, idleWatts] = [Math.round(learned.liveWatts), Math.round(learned.idleWatts)];
    const heard = last && nowMs - last.atMs <= READING_LASTS_MS;
    const draws = heard
      ? sourceWords('encoder-draws', { plug, watts: Math.round(last.watts), liveWatts, idleWatts })
      : sourceWords('encoder-unheard', { plug });
    this.#report({
      says: this.#says,
      detail: this.#says === 'on' ? sourceWords('encoder-live', { plug, liveWatts }) : draws,
      remarks: this.#learnedFrom ? [sourceWords('encoder-learned', { lives: this.#learnedFrom.lives })] : [],
    });
  }

  /** From lives that others have told of: from its own it would only learn what it thinks already. */
  async #learn(): Promise<void> {
    const { sessions, minutes } = this.#deps;
    const all = await sessions();
    const told = all.filter((session) => session.endedAtMs !== null && session.startedBy !== this.name);
    const history: WattHistory = { live: [], idle: [], lives: 0 };
    for (const session of told.filter((one) => liveTimes(one).length > 0).slice(0, LEARN_FROM_LIVES)) {
      const toMs = (session.endedAtMs ?? session.startedAtMs) + AROUND_MS;
      const buckets = await minutes(session.startedAtMs - AROUND_MS, toMs);
      const { live, idle, lives } = wattHistory(buckets, all);
      // Minutes between two lives that follow each other count twice: that does no harm.
      history.live.push(...live);
      history.idle.push(...idle);
      history.lives += Math.min(lives, 1);
      if (this.#stopped) return;
    }
    this.#learned = learnThresholds(history);
    this.#learnedFrom = history;
  }
}
