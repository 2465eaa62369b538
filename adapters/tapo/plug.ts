import type { Clock } from '../../model/clock.ts';
import { PlugProtocolError } from '../../model/errors.ts';
import type { PlugId } from '../../model/plug.ts';
import type { PlugDevice, PlugSink, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { type Answer, SmartProtocol } from './protocol.ts';
import { CURRENT_POWER, DEVICE_INFO, EMETER_DATA, ENERGY_USAGE, macOf, meansClockUnset, report } from './reading.ts';
import type { TapoTransport } from './transport.ts';

export interface TapoPlugSettings {
  plug: PlugId;
  /** Names the plug and its address in messages. */
  who: string;
  pollMs: number;
  /** 12 upper-case hex digits, or null: any device at the address will do. */
  expectedMac: string | null;
}

/** One Tapo plug with one outlet: P110, P115, P110M; P100 and P105 switch but measure nothing. */
export class TapoPlug implements PlugDevice {
  readonly adapter = 'tapo';
  readonly plug: PlugId;
  readonly pollMs: number;
  readonly expectedIntervalMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay;
  readonly #who: string;
  readonly #transport: TapoTransport;
  readonly #protocol: SmartProtocol;
  readonly #clock: Clock;
  #sink: PlugSink | null = null;
  #toldNoMeter = false;

  constructor(settings: TapoPlugSettings, transport: TapoTransport, clock: Clock) {
    this.plug = settings.plug;
    this.pollMs = settings.pollMs;
    this.expectedIntervalMs = settings.pollMs;
    this.expectedMac = settings.expectedMac;
    this.#who = settings.who;
    this.#transport = transport;
    this.#protocol = new SmartProtocol(settings.who, transport);
    this.#clock = clock;
    this.relay = {
      switchTo: async (on, expiresAtMonotonicMs) => {
        await this.#protocol.command('set_device_info', { device_on: on }, expiresAtMonotonicMs);
      },
      identity: async () =>
        macOf(await this.#protocol.command(DEVICE_INFO, undefined, Number.POSITIVE_INFINITY), this.#who),
    };
  }

  async start(sink: PlugSink): Promise<void> {
    this.#sink = sink;
  }

  async stop(): Promise<void> {
    this.#transport.close();
  }

  async read(): Promise<Reading> {
    const answers = await this.#ask([DEVICE_INFO, ENERGY_USAGE, EMETER_DATA]);
    let seen = report(answers, this.#who);
    if (seen.watts === null) {
      // Whole watts are better than none: old firmware, or energy methods that wait for the plug's clock.
      for (const [method, answer] of await this.#ask([CURRENT_POWER])) answers.set(method, answer);
      seen = report(answers, this.#who);
    }

    const { mac, model, ...measured } = seen;
    if (this.expectedMac !== null && mac !== this.expectedMac)
      throw new PlugProtocolError(
        `${this.#who} is another device: its MAC is ${mac}, expected is ${this.expectedMac}. ` +
          'Give the plug a fixed address in the router and correct host, or correct mac',
      );
    if (answers.size === 1 && !this.#toldNoMeter) {
      this.#toldNoMeter = true;
      this.#sink?.trouble(this.plug, `${this.#who} (${model}) has no power meter: it can be switched but not measured`);
    }
    return {
      plug: this.plug,
      atMs: this.#clock.nowMs(),
      monotonicMs: this.#clock.monotonicMs(),
      ...measured,
      feed: 'polled',
    };
  }
  async #ask(methods: string[]): Promise<Map<string, Answer>> {
    const answers = await this.#protocol.query(methods);
    for (const [method, answer] of answers)
      if (answer.code !== 0 && (method === DEVICE_INFO || !meansClockUnset(answer)))
        throw this.#protocol.error(method, answer.code);
    return answers;
  }
}
