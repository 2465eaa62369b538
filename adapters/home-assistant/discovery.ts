/** What Home Assistant is told of a studio, in its device discovery format. Pure: the daemon publishes it. */

interface AnnouncedPlug {
  id: string;
  name: string;
  /** An essential plug has no switch, a plug without relay neither. */
  switchable: boolean;
}

export interface AnnouncedStudio {
  id: string;
  name: string;
  version: string;
  /** Where offair says `online` and `offline`. */
  availabilityTopic: string;
  /** offair's page, when it can be reached from elsewhere. */
  pageUrl: string | null;
  plugs: readonly AnnouncedPlug[];
}

/** A component's settings; only `platform` means "gone". */
export type Component = { platform: string } & Record<string, unknown>;

/** Values older than this are shown as unknown; the state is said again more often than that. */
const EXPIRE_AFTER_SECONDS = 180;

const topicOf = (studio: string) => `offair/${studio}`;
export const stateTopic = (studio: string) => `${topicOf(studio)}/state`;
export const commandTopic = (studio: string, plug: string) => `${topicOf(studio)}/plugs/${plug}/set`;
export const discoveryTopic = (prefix: string, studio: string) => `${prefix}/device/offair-${studio}/config`;

/**
 * The message that makes the studio a device: retained, on `discoveryTopic`.
 * @param gone components that were announced before and are no more: Home Assistant forgets them when it sees their
 *   platform and nothing else
 */
export function discoveryMessage(studio: AnnouncedStudio, gone: Readonly<Record<string, string>>): string {
  const components: Record<string, Component> = {};
  for (const [key, platform] of Object.entries(gone)) components[key] = { platform };
  Object.assign(components, componentsOf(studio));
  return JSON.stringify({
    device: {
      identifiers: [`offair-${studio.id}`],
      name: studio.name,
      manufacturer: 'offair',
      model: 'Studio energy daemon',
      sw_version: studio.version,
      ...(studio.pageUrl && { configuration_url: studio.pageUrl }),
    },
    origin: { name: 'offair', sw_version: studio.version },
    availability_topic: studio.availabilityTopic,
    payload_available: 'online',
    payload_not_available: 'offline',
    state_topic: stateTopic(studio.id),
    qos: 1,
    components,
  });
}

export function componentsOf({ id, plugs }: AnnouncedStudio): Record<string, Component> {
  const unique = (key: string) => `offair-${id}-${key}`;
  // `null` in the state becomes "None", which Home Assistant shows as unknown.
  const told = (platform: string, key: string, name: string, value: string, more: object): [string, Component] => [
    key,
    {
      ...{ platform, unique_id: unique(key), name, value_template: `{{ ${value} }}` },
      ...{ expire_after: EXPIRE_AFTER_SECONDS, ...more },
    },
  ];
  const sensor = (key: string, name: string, value: string, more: object) => told('sensor', key, name, value, more);
  const binary = (key: string, name: string, device_class: string) =>
    told('binary_sensor', key, name, `value_json.${key}`, { device_class });
  const watts = { device_class: 'power', state_class: 'measurement', unit_of_measurement: 'W' };
  const components: [string, Component][] = [
    sensor('watts', 'Power', 'value_json.watts', { ...watts, suggested_display_precision: 0 }),
    // There is no device class for a mass per time, and `carbon_dioxide` is a concentration.
    sensor('grams_per_hour', 'Emissions now', 'value_json.grams_per_hour', {
      state_class: 'measurement',
      unit_of_measurement: 'g/h',
      icon: 'mdi:molecule-co2',
      suggested_display_precision: 1,
    }),
    sensor('session_wh', 'Energy of this live', 'value_json.session_wh', {
      device_class: 'energy',
      state_class: 'total_increasing',
      unit_of_measurement: 'Wh',
      suggested_display_precision: 0,
    }),
    // May be restated downwards when the grid's figures are: a measurement, no counter.
    sensor('session_grams', 'Emissions of this live', 'value_json.session_grams', {
      unit_of_measurement: 'g',
      icon: 'mdi:molecule-co2',
      suggested_display_precision: 0,
    }),
    sensor('phase', 'Phase', 'value_json.phase', {
      device_class: 'enum',
      options: ['standby', 'setup', 'rehearsal', 'live', 'wrap'],
    }),
    binary('on_air', 'On air', 'running'),
    binary('alarm', 'Alarm', 'problem'),
  ];
  for (const plug of plugs) {
    const state = `value_json.plugs['${plug.id}']`;
    components.push(sensor(`plug_${plug.id}_watts`, plug.name, `${state}.watts`, watts));
    if (!plug.switchable) continue;
    const key = `plug_${plug.id}_switch`;
    components.push([
      key,
      {
        platform: 'switch',
        unique_id: unique(key),
        name: plug.name,
        device_class: 'outlet',
        command_topic: commandTopic(id, plug.id),
        value_template: `{{ ${state}.relay }}`,
        state_on: 'ON',
        state_off: 'OFF',
        payload_on: 'ON',
        payload_off: 'OFF',
        // A command that the broker keeps would switch the plug again at every start, and one that waits for it, late.
        retain: false,
        qos: 0,
      },
    ]);
  }
  return Object.fromEntries(components);
}

export interface AnnouncedState {
  watts: number | null;
  gramsPerHour: number | null;
  sessionWh: number | null;
  sessionGrams: number | null;
  phase: string;
  onAir: boolean;
  /** An alarm is open. */
  alarm: boolean;
  plugs: readonly { id: string; watts: number | null; relay: boolean | null }[];
}

/** The state that all components read, on `stateTopic`. What is not known is null. */
export function stateMessage(state: AnnouncedState): string {
  const onOff = (on: boolean | null) => (on === null ? null : on ? 'ON' : 'OFF');
  const round = (value: number | null) => (value === null ? null : Math.round(value * 100) / 100);
  return JSON.stringify({
    watts: round(state.watts),
    grams_per_hour: round(state.gramsPerHour),
    session_wh: round(state.sessionWh),
    session_grams: round(state.sessionGrams),
    phase: state.phase,
    on_air: onOff(state.onAir),
    alarm: onOff(state.alarm),
    plugs: Object.fromEntries(
      state.plugs.map(({ id, watts, relay }) => [id, { watts: round(watts), relay: onOff(relay) }]),
    ),
  });
}
