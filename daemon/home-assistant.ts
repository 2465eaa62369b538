import type { Logger } from 'pino';
import type { DeviceMemory } from '../adapters/adapter.ts';
import {
  type AnnouncedStudio,
  commandTopic,
  componentsOf,
  discoveryMessage,
  discoveryTopic,
  stateMessage,
  stateTopic,
} from '../adapters/home-assistant/discovery.ts';
import type { MqttBus, MqttMessage } from '../adapters/mqtt/bus.ts';
import type { ApiDeps, StatusView } from '../api/deps.ts';
import type { Clock, Random } from '../model/clock.ts';

/** A change is told at once, but no more often than this, ms; without change this often, so that nothing expires. */
const STATE_EVERY_MS = 1000;
const STATE_AT_LEAST_MS = 60_000;
/** After Home Assistant's birth its integrations wake up; not all devices must speak at once. */
const BIRTH_SPREAD_MS = 5000;
/** Where the announcement is remembered, to take it back when it is no longer configured. */
const ANNOUNCED = 'home-assistant';

interface HomeAssistantDeps {
  bus: MqttBus;
  clock: Clock;
  random: Random;
  log: Logger;
  memory: DeviceMemory;
  api: Pick<ApiDeps, 'studio' | 'version' | 'status' | 'command' | 'onChange'>;
  /** Ids of the plugs that can be switched at all. */
  hasRelay(plug: string): boolean;
  /** null when Home Assistant is not configured: what was announced before is taken back. */
  discoveryPrefix: string | null;
  pageUrl: string | null;
}

interface Announced {
  topic: string;
  stateTopic: string;
  /** Platform of each component, by key. */
  components: Record<string, string>;
}

/** Makes the studio a device in Home Assistant; its switches obey offair's policy as the API's do. */
export class HomeAssistant {
  readonly #deps: HomeAssistantDeps;
  readonly #stops: (() => void)[] = [];
  #gone: Record<string, string> = {};
  /** What is to be remembered once it was said. */
  #announcement: Announced | null = null;
  #cancelState: () => void = () => {};
  #cancelAnnounce: (() => void) | null = null;
  #stateDueMs = Number.NEGATIVE_INFINITY;
  #pending = false;
  #stopped = false;

  constructor(deps: HomeAssistantDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const { bus, memory, api, discoveryPrefix } = this.#deps;
    const before = ((await memory.recall(ANNOUNCED)) as Announced | null | undefined) ?? null;
    if (discoveryPrefix === null) {
      if (before) this.#takeBack(before);
      return;
    }
    const topic = discoveryTopic(discoveryPrefix, api.studio.id);
    const platforms = Object.entries(componentsOf(this.#studio())).map(([key, { platform }]) => [key, platform]);
    const components = Object.fromEntries(platforms) as Record<string, string>;
    if (before && before.topic !== topic) this.#takeBack(before);
    else
      this.#gone = Object.fromEntries(Object.entries(before?.components ?? {}).filter(([key]) => !(key in components)));
    this.#announcement = { topic, stateTopic: stateTopic(api.studio.id), components };

    this.#stops.push(bus.onConnection((connected) => connected && this.#announce()));
    this.#stops.push(
      await bus.subscribe(`${discoveryPrefix}/status`, ({ payload }) => {
        if (payload.toString() === 'online') this.#announceSoon();
      }),
      await bus.subscribe(commandTopic(api.studio.id, '+'), (message) => void this.#command(message)),
      api.onChange(() => this.#changed()),
    );
    this.#announce();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelState();
    this.#cancelAnnounce?.();
    for (const stop of this.#stops) stop();
  }

  #studio(): AnnouncedStudio {
    const { bus, api, hasRelay, pageUrl } = this.#deps;
    const plugs = api.status().plugs.map(({ id, name, essential }) => {
      return { id, name, switchable: !essential && hasRelay(id) };
    });
    const { id, name } = api.studio;
    return { id, name, version: api.version, availabilityTopic: bus.statusTopic, pageUrl, plugs };
  }

  #announceSoon(): void {
    const { clock, random } = this.#deps;
    this.#cancelAnnounce ??= clock.after(random() * BIRTH_SPREAD_MS, () => {
      this.#cancelAnnounce = null;
      this.#announce();
    });
  }

  #announce(): void {
    const { api, discoveryPrefix } = this.#deps;
    if (discoveryPrefix === null || this.#stopped) return;
    this.#say(discoveryTopic(discoveryPrefix, api.studio.id), discoveryMessage(this.#studio(), this.#gone));
    if (this.#deps.bus.connected && this.#announcement) {
      this.#remember(this.#announcement);
      this.#announcement = null;
    }
    this.#state();
  }

  /** Not before: what was announced by an earlier run and is gone must be taken back first. A full disk hinders nothing. */
  #remember(announcement: Announced | null): void {
    const { memory, log } = this.#deps;
    memory.keep(ANNOUNCED, announcement).catch((error) => {
      log.warn(
        { event: 'home-assistant-unkept', err: error },
        'what Home Assistant was told could not be remembered: it is tried again when it is told',
      );
      this.#announcement = announcement;
    });
  }

  /** Now, or as soon as the last one is old enough. */
  #changed(): void {
    if (this.#pending) return;
    const { clock } = this.#deps;
    this.#pending = true;
    this.#cancelState();
    this.#cancelState = clock.after(Math.max(0, this.#stateDueMs - clock.monotonicMs()), () => this.#state());
  }

  #state(): void {
    const { clock, api } = this.#deps;
    this.#pending = false;
    this.#stateDueMs = clock.monotonicMs() + STATE_EVERY_MS;
    this.#say(stateTopic(api.studio.id), stateMessage(announced(api.status())));
    this.#cancelState();
    this.#cancelState = clock.after(STATE_AT_LEAST_MS, () => this.#state());
  }

  async #command({ topic, payload, retained }: MqttMessage): Promise<void> {
    const { api, log } = this.#deps;
    const plug = topic.split('/').at(-2) ?? '';
    const wanted = payload.toString();
    if (retained) {
      // Old: nobody may want it any more.
      log.warn(
        { event: 'home-assistant-retained', plug },
        `a retained command lies on ${topic} and is ignored: publish commands without retain`,
      );
      return;
    }
    if (wanted !== 'ON' && wanted !== 'OFF') {
      log.warn({ event: 'home-assistant-odd', plug }, `a command on ${topic} is neither ON nor OFF`);
      return;
    }
    const result = await api.command(plug, wanted === 'ON' ? 'on' : 'off', 'home-assistant');
    if (!result) log.warn({ event: 'home-assistant-no-plug', plug }, `a command on ${topic}: there is no plug ${plug}`);
    else if (!result.accepted)
      log.info(
        { event: 'home-assistant-refused', plug, reasons: result.reasons },
        'a command of Home Assistant was refused',
      );
    // Refused or not: Home Assistant shows what is true.
    this.#changed();
  }

  /** An empty message ends what a retained one began. */
  #takeBack(before: Announced): void {
    const { bus, discoveryPrefix } = this.#deps;
    const takeBack = () => {
      this.#say(before.topic, '');
      this.#say(before.stateTopic, '');
      if (discoveryPrefix === null) this.#remember(null);
    };
    if (bus.connected) takeBack();
    else {
      const stop = bus.onConnection((connected) => {
        if (!connected) return;
        stop();
        takeBack();
      });
      this.#stops.push(stop);
    }
  }

  /** While the broker is away nothing is said; everything is said again when it is back. */
  #say(topic: string, payload: string): void {
    const { bus, log } = this.#deps;
    if (bus.connected)
      bus.publishRetained(topic, payload).catch((error) => log.debug({ err: error, topic }, 'not published'));
  }
}

function announced(status: StatusView): Parameters<typeof stateMessage>[0] {
  const { phase, onAir, gramsPerHour, session, plugs, wattsFrom } = status;
  return {
    watts: wattsFrom.plugs > 0 ? status.watts : null,
    gramsPerHour,
    sessionWh: session?.footprint.wh ?? null,
    // Energy without a known intensity weighs nothing yet: then there is no figure.
    sessionGrams: session && session.footprint.unpricedWh === 0 ? session.footprint.grams : null,
    phase,
    onAir,
    alarm: status.alarms.length > 0,
    plugs,
  };
}
