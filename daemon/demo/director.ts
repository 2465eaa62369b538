import type { Logger } from 'pino';
import type { Clock } from '../../model/clock.ts';
import type { Sessions } from '../sessions.ts';
import { DAY, DAY_S, type Scene } from './day.ts';

const BY = 'demo';

/** Plays the demo day over and over. A session that a person started is theirs: it is left alone. */
export class DemoDay {
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #log: Logger;
  #cancel: () => void = () => {};

  constructor(sessions: Sessions, clock: Clock, log: Logger) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#next(0, this.#clock.monotonicMs());
  }

  stop(): void {
    this.#cancel();
  }

  #next(index: number, dayStartMs: number): void {
    const scene = DAY[index];
    if (!scene) {
      this.#next(0, dayStartMs + DAY_S * 1000);
      return;
    }
    const delayMs = dayStartMs + scene.atS * 1000 - this.#clock.monotonicMs();
    this.#cancel = this.#clock.after(Math.max(0, delayMs), () => {
      this.#play(scene).catch((error) =>
        this.#log.error({ event: 'demo-stumbled', err: error }, 'the demo day stumbled'),
      );
      this.#next(index + 1, dayStartMs);
    });
  }

  async #play(scene: Scene): Promise<void> {
    const { current } = this.#sessions;
    if (scene.do !== 'end' && 'start' in scene.do) {
      if (!current) await this.#sessions.start({ title: scene.do.start, phase: 'setup', by: BY });
      return;
    }
    if (current?.startedBy !== BY) return;
    if (scene.do === 'end') await this.#sessions.end(BY);
    else if ('phase' in scene.do) await this.#sessions.setPhase(scene.do.phase, BY);
    else await this.#sessions.setAudience(scene.do.viewers);
  }
}
