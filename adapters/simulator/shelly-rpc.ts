import type { ShellyBehaviour } from './shelly-behaviour.ts';
import type { SimulatedComponent } from './shelly-component.ts';
import type { ShellyModel } from './shelly-models.ts';

export interface ShellyIdentity {
  device: string;
  /** 12 upper-case hex digits. */
  mac: string;
  prefix: string;
  model: ShellyModel;
}

/** An error answer of the plug: its code and its words. */
class ShellyRpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ShellyRpcDeps {
  identity: ShellyIdentity;
  components: readonly SimulatedComponent[];
  status(component: SimulatedComponent): Record<string, unknown>;
  wholeStatus(): Record<string, unknown>;
  behaviour: Pick<ShellyBehaviour, 'firmware' | 'statusNotifications' | 'rpcNotifications' | 'settings'>;
  /** @returns the state before */
  switchTo(component: SimulatedComponent, on: boolean, toggleAfterSeconds: number | null): boolean;
}

/** The plug's answer to one method. @throws ShellyRpcError */
export function answerRpc(method: string, params: Record<string, unknown>, deps: ShellyRpcDeps): object {
  const { device, mac, prefix, model } = deps.identity;
  const { firmware, statusNotifications, rpcNotifications, settings } = deps.behaviour;
  const [family, name] = method.split('.');
  const component = () => {
    const { id } = params;
    if (typeof id !== 'number') throw new ShellyRpcError(-103, "Missing required argument 'id'!");
    const found = deps.components.find((one) => one.id === id);
    if (!found) throw new ShellyRpcError(-105, `Argument 'id', value ${id} not found!`);
    return found;
  };
  const mqttConfig = () => ({
    enable: true,
    client_id: device,
    topic_prefix: prefix,
    rpc_ntf: rpcNotifications,
    status_ntf: statusNotifications,
    enable_rpc: true,
    enable_control: true,
    ...settings['MQTT.GetConfig'],
  });
  const componentConfig = ({ id, kind }: SimulatedComponent) => ({
    id,
    name: null,
    ...(kind === 'switch' && {
      initial_state: 'restore_last',
      auto_on: false,
      auto_on_delay: 60,
      auto_off: false,
      auto_off_delay: 60,
      power_limit: 2500,
      voltage_limit: 280,
      current_limit: 12,
      ...settings['Switch.GetConfig'],
    }),
  });
  if (method === 'Shelly.GetDeviceInfo')
    return {
      name: null,
      id: device,
      mac,
      slot: 0,
      model: model.model,
      gen: model.generation,
      fw_id: `20260311-095902/${firmware}-g9979d16`,
      ver: firmware,
      app: model.app,
      auth_en: false,
      auth_domain: null,
      ...settings['Shelly.GetDeviceInfo'],
    };
  if (method === 'Shelly.GetStatus') return deps.wholeStatus();
  if (method === 'MQTT.GetConfig') return mqttConfig();
  if (method === 'Schedule.List') return { jobs: [], rev: 0, ...settings['Schedule.List'] };
  if (method === 'Shelly.GetConfig')
    return { mqtt: mqttConfig(), ...Object.fromEntries(deps.components.map((one) => [one.key, componentConfig(one)])) };
  const kind = family === 'Switch' ? 'switch' : family === 'PM1' ? 'pm1' : null;
  if (kind !== null && deps.components.some((one) => one.kind === kind)) {
    if (name === 'GetStatus') return deps.status(component());
    if (name === 'GetConfig') return componentConfig(component());
    if (name === 'Set' && kind === 'switch') {
      const { on, toggle_after: toggleAfter } = params;
      if (typeof on !== 'boolean') throw new ShellyRpcError(-103, "Missing required argument 'on'!");
      return { was_on: deps.switchTo(component(), on, typeof toggleAfter === 'number' ? toggleAfter : null) };
    }
  }
  throw new ShellyRpcError(404, `No handler for ${method}`);
}

/**
 * Reads one request frame and makes the answer's frame.
 * @returns null for what is no request: real devices say nothing then
 */
export function answerFrame(
  payload: string,
  device: string,
  answer: (method: string, params: Record<string, unknown>) => object,
): { topic: string; frame: object } | null {
  let request: { id?: unknown; src?: unknown; method?: unknown; params?: Record<string, unknown> };
  try {
    request = JSON.parse(payload);
  } catch {
    return null;
  }
  if (typeof request.src !== 'string' || typeof request.method !== 'string') return null;
  const frame = { id: request.id, src: device, dst: request.src };
  const topic = `${request.src}/rpc`;
  try {
    return { topic, frame: { ...frame, result: answer(request.method, request.params ?? {}) } };
  } catch (error) {
    if (!(error instanceof ShellyRpcError)) throw error;
    return { topic, frame: { ...frame, error: { code: error.code, message: error.message } } };
  }
}
