import type { Clock } from '../../model/clock.ts';
import type { PlugId } from '../../model/plug.ts';
import type { CheckUp, CounterSample, DeviceAbout, PlugDevice, PlugSink, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import { checkUpOf } from './check-up.ts';
import { DEVICE_TIME } from './clock.ts';
import type { TapoDevice } from './device.ts';
import { counterHistory } from './history.ts';
import type { Outlet } from './outlet.ts';
import { type Answer, DEVICE_INFO, errorOf } from './protocol.ts';
import { CURRENT_POWER, hasEnergy, meansClockUnset, report } from './reading.ts';

export interface TapoPlugSettings {
  plug: PlugId;
  /** Names the plug and its address in messages. */
  who: string;
  pollMs: number;
}

/** One outlet of a Tapo device as a plug of the studio. Some switch but measure nothing. */
export class TapoPlug implements PlugDevice {
  readonly adapter = 'tapo';
  readonly plug: PlugId;
  readonly pollMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay;
  readonly #who: string;
  readonly #device: TapoDevice;
  readonly #outlet: Outlet;
  readonly #clock: Clock;
  #sink: PlugSink | null = null;
  #toldNoMeter = false;
  #stopped = false;

  constructor(settings: TapoPlugSettings, device: TapoDevice, outlet: Outlet, clock: Clock) {
    this.plug = settings.plug;
    this.pollMs = settings.pollMs;
    this.expectedMac = device.mac;
    this.#who = settings.who;
    this.#device = device;
    this.#outlet = outlet;
    this.#clock = clock;
    this.relay = {
      switchTo: outlet.switchTo,
      identity: () => device.identity(),
    };
    device.join();
  }

  about(): DeviceAbout | null {
    return this.#device.about;
  }

  async start(sink: PlugSink): Promise<void> {
    this.#sink = sink;
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#device.leave();
  }

  async read(): Promise<Reading> {
    const { info, answers } = await this.#outlet.poll();
    this.#insist(answers);
    let measured = report(answers, this.#who);
    if (measured.watts === null) {
      // Whole watts are better than none: old firmware, strips, or energy methods that wait for the plug's clock.
      const more = await this.#outlet.ask([CURRENT_POWER]);
      this.#insist(more);
      for (const [method, answer] of more) answers.set(method, answer);
      measured = report(answers, this.#who);
    }
    const reading: Reading = {
      plug: this.plug,
      atMs: this.#clock.nowMs(),
      monotonicMs: this.#clock.monotonicMs(),
      ...measured,
      feed: 'polled',
    };
    if (measured.flags.includes('clock-unset')) await this.#device.tendClock(undefined, true);
    this.#tell(info.model, hasEnergy(answers));
    return reading;
  }

  async history(fromMs: number, toMs: number): Promise<CounterSample[]> {
    const zone = await this.#device.zone();
    return counterHistory((requests) => this.#outlet.ask(requests), this.#who, zone, fromMs, toMs);
  }

  async checkUp(): Promise<CheckUp> {
    const { info, answers } = await this.#outlet.poll();
    const { protocol } = this.#device;
    const time = (await this.#device.reach(protocol.query([DEVICE_TIME]))).get(DEVICE_TIME);
    return checkUpOf(info, answers.get(DEVICE_INFO)?.result ?? info, time, this.#clock.nowMs());
  }

  /** Every answer must be one, but for energy methods that wait for the plug's clock. */
  #insist(answers: ReadonlyMap<string, Answer>): void {
    for (const [method, answer] of answers)
      if (answer.code !== 0 && !meansClockUnset(answer)) throw errorOf(this.#who, method, answer.code);
  }

  #tell(model: unknown, hasMeter: boolean): void {
    if (!this.#sink) return;
    for (const trouble of this.#device.takeTroubles()) this.#sink.trouble(this.plug, trouble);
    if (hasMeter || this.#toldNoMeter) return;
    this.#toldNoMeter = true;
    this.#sink.trouble(this.plug, `${this.#who} (${model}) has no power meter: it can be switched but not measured`);
  }
}
