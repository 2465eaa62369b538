import { PlugProtocolError } from '../../model/errors.ts';
import type { CheckUp, DeviceAbout, PlugDevice, PlugSink, Relay } from '../../model/ports.ts';
import type { Reading } from '../../model/reading.ts';
import type { AdapterDeps } from '../adapter.ts';
import { Troubles } from '../troubles.ts';
import type { SocketApi } from './api.ts';
import { isSocket } from './payloads.ts';

interface PlugSettings {
  plug: string;
  /** For messages. */
  who: string;
  pollMs: number;
  expectedMac: string | null;
  /** Then its lock is told: it stands against offair. */
  mayBeCut: boolean;
}

/** An Energy Socket. It pushes nothing, and is asked. */
export class HomewizardPlug implements PlugDevice {
  readonly plug: string;
  readonly adapter = 'homewizard';
  readonly pollMs: number;
  readonly expectedMac: string | null;
  readonly relay: Relay;
  readonly #who: string;
  readonly #mayBeCut: boolean;
  readonly #api: SocketApi;
  readonly #clock: AdapterDeps['clock'];
  readonly #troubles = new Troubles((what) => this.#sink?.trouble(this.plug, what));
  #sink: PlugSink | null = null;
  #about: DeviceAbout | null = null;

  constructor({ plug, who, pollMs, expectedMac, mayBeCut }: PlugSettings, api: SocketApi, clock: AdapterDeps['clock']) {
    this.plug = plug;
    this.pollMs = pollMs;
    this.expectedMac = expectedMac;
    this.#who = who;
    this.#mayBeCut = mayBeCut;
    this.#api = api;
    this.#clock = clock;
    this.relay = {
      identity: async () => (await api.about()).serial,
      switchTo: (...command) => api.switchTo(...command),
    };
  }

  async start(sink: PlugSink): Promise<void> {
    this.#sink = sink;
  }

  async stop(): Promise<void> {
    this.#sink = null;
  }

  about(): DeviceAbout | null {
    return this.#about;
  }

  async read(): Promise<Reading> {
    const { about, measured, state } = await this.#api.read();
    if (this.expectedMac !== null && about.serial !== this.expectedMac)
      throw new PlugProtocolError(
        `${this.#who}: another device answers: MAC ${about.serial}, expected ${this.expectedMac}. Correct host or mac`,
      );
    if (!isSocket(about.product_type))
      throw new PlugProtocolError(`${this.#who} is a ${about.product_type}, which is no Energy Socket`);
    this.#about = { model: about.product_type, firmware: about.firmware_version };
    this.#troubles.tellAll({
      lock:
        this.#mayBeCut && state.switch_lock
          ? `${this.#who} can not be cut: turn its switch lock off in the HomeWizard app, or set essential: true`
          : null,
    });
    return {
      plug: this.plug,
      atMs: this.#clock.nowMs(),
      monotonicMs: this.#clock.monotonicMs(),
      ...measured,
      relay: state.power_on,
      celsius: null,
      flags: [],
      feed: 'polled',
    };
  }

  async checkUp(): Promise<CheckUp> {
    const { product_type: model, firmware_version: firmware } = await this.#api.about();
    return { model, firmware, powerOn: null, clockAheadMs: null };
  }
}
