import type { Logger } from 'pino';
import type { MqttBus } from '../adapters/mqtt/bus.ts';
import type { Outcomes } from '../api/outcomes.ts';
import { alarmView } from '../api/views.ts';

interface AlarmTopicDeps {
  bus: MqttBus;
  log: Logger;
  outcomes: Pick<Outcomes, 'openAlarms' | 'onAlarm'>;
  /** `offair/<studio>/alarm`. */
  topic: string;
}

/** Says each change of an alarm on `<topic>`, once, and the open ones on `<topic>/open`, retained for newcomers. */
export class AlarmTopic {
  readonly #deps: AlarmTopicDeps;
  readonly #stops: (() => void)[] = [];

  constructor(deps: AlarmTopicDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { bus, outcomes, topic } = this.#deps;
    this.#stops.push(
      outcomes.onAlarm(({ change, alarm }) => {
        if (bus.connected) this.#said(bus.publish(topic, JSON.stringify({ change, alarm: alarmView(alarm) })));
        this.#sayOpen();
      }),
      bus.onConnection((connected) => {
        if (connected) this.#sayOpen();
      }),
    );
    this.#sayOpen();
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** While the broker is away nothing is said; what is open is said when it is back. */
  #sayOpen(): void {
    const { bus, outcomes, topic } = this.#deps;
    if (bus.connected)
      this.#said(bus.publishRetained(`${topic}/open`, JSON.stringify(outcomes.openAlarms().map(alarmView))));
  }

  #said(saying: Promise<void>): void {
    const { log, topic } = this.#deps;
    saying.catch((error) => log.debug({ err: error, topic }, 'not published'));
  }
}
