import type { Logger } from 'pino';
import type { DeviceMemory } from '../adapters/adapter.ts';
import type { MqttBus } from '../adapters/mqtt/bus.ts';
import type { ApiDeps } from '../api/deps.ts';
import type { StudioConfig } from '../config/schema.ts';
import type { Clock, Random } from '../model/clock.ts';
import type { PlugId } from '../model/plug.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { HomeAssistant } from './home-assistant.ts';
import { SessionTopic } from './session-topic.ts';
import type { Stop } from './stopping.ts';

interface TopicsDeps {
  bus: MqttBus;
  config: StudioConfig;
  api: ApiDeps;
  clock: Clock;
  random: Random;
  log: Logger;
  memory: DeviceMemory;
  hasRelay(plug: PlugId): boolean;
  /** Where others reach the page; null: nobody does. */
  pageUrl: string | null;
}

/** What other systems on the broker hear of the studio, and tell it. `tellSession` says that the session has changed. */
export async function startTopics(deps: TopicsDeps): Promise<{ tellSession(): void; stop: Stop }> {
  const { bus, config, api, clock, random, log, memory, hasRelay, pageUrl } = deps;
  const own = `offair/${config.studio.id}`;
  const sessionTopic = new SessionTopic({
    ...{ bus, api, log: log.child({ part: 'session topic' }) },
    topic: config.mqtt?.sessionTopic ?? `${own}/session`,
  });
  const alarmTopic = new AlarmTopic({
    ...{ bus, outcomes: api.outcomes, topic: `${own}/alarm`, log: log.child({ part: 'alarms' }) },
  });
  const homeAssistant = new HomeAssistant({
    ...{ bus, api, clock, random, memory, hasRelay, pageUrl, log: log.child({ part: 'home assistant' }) },
    discoveryPrefix: config.homeAssistant?.discoveryPrefix ?? null,
  });
  await homeAssistant.start();
  alarmTopic.start();
  // Last: from then on it is told of each change.
  await sessionTopic.start();
  return {
    tellSession: () => sessionTopic.changed(),
    async stop() {
      await sessionTopic.stop();
      alarmTopic.stop();
      homeAssistant.stop();
    },
  };
}
