import { covers, matches } from '../filters.ts';

/** What one user of the embedded broker may do. */
export interface MqttRights {
  /** Topic prefixes that are this plug's own: it says and hears everything under them. Empty for a service. */
  own: readonly string[];
  /** Topic filters that a service may publish under, and those it may hear. */
  publish: readonly string[];
  subscribe: readonly string[];
}

/** Everything: the daemon itself. */
export const ALL_RIGHTS: MqttRights = { own: [], publish: ['#'], subscribe: ['#'] };

/** Where Shelly plugs of both generations present themselves and are called to. */
const ANNOUNCE = 'shellies/announce';
const CALL_ALL = 'shellies/command';

/** `rpc` and `command` of a Shelly, `cmnd` of Tasmota, `set`, `get`, `bridge/request` of Zigbee2MQTT, `command` of ESPHome. */
const COMMAND = /(^|\/)(rpc|command|cmnd|set|get|bridge\/request)(\/|$)/;
/** What other clients would leave the broker for. */
const CONTROL = /\p{Cc}/u;

/** Whether a message on this topic tells a plug to do something. offair's own topics are not a plug's. */
export function isPlugCommand(topic: string): boolean {
  return COMMAND.test(topic) && !topic.startsWith('offair/');
}

/**
 * A plug says what it likes under its own prefixes, announces itself, and answers offair. A service keeps to its
 * filters, and commands no plug whatever they say: only offair does, and a plug itself.
 * @param daemonId the daemon's client id: a plug answers its calls on `<daemonId>/<device>/rpc`
 */
export function mayPublish(rights: MqttRights, topic: string, daemonId: string): boolean {
  if (topic.startsWith('$') || CONTROL.test(topic)) return false;
  if (rights === ALL_RIGHTS) return true;
  if (rights.own.length > 0 && topic === ANNOUNCE) return true;
  if (rights.own.some((prefix) => topic.startsWith(`${prefix}/`) || topic === `${daemonId}/${prefix}/rpc`)) return true;
  return !isPlugCommand(topic) && rights.publish.some((filter) => matches(filter, topic));
}

export function maySubscribe(rights: MqttRights, filter: string): boolean {
  const allowed = [...rights.subscribe, ...rights.own.map((prefix) => `${prefix}/#`)];
  if (rights.own.length > 0) allowed.push(CALL_ALL);
  return allowed.some((wide) => covers(wide, filter));
}
