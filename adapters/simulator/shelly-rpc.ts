import type { SimulatedComponent } from './shelly-component.ts';

export interface ShellyIdentity {
  device: string;
  /** 12 upper-case hex digits. */
  mac: string;
  prefix: string;
  generation: number;
}

/** An error answer of the plug: its code and its words. */
export class ShellyRpcError extends Error {
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
  statusNotifications(): boolean;
  /** @returns the state before */
  switchTo(component: SimulatedComponent, on: boolean, toggleAfterSeconds: number | null): boolean;
}

/** The plug's answer to one method. @throws ShellyRpcError */
export function answerRpc(method: string, params: Record<string, unknown>, deps: ShellyRpcDeps): object {
  const { device, mac, prefix, generation } = deps.identity;
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
    rpc_ntf: true,
    status_ntf: deps.statusNotifications(),
    enable_rpc: true,
    enable_control: true,
  });
  const componentConfig = ({ id, kind }: SimulatedComponent) => ({
    id,
    name: null,
    ...(kind === 'switch' && { initial_state: 'restore_last', auto_on: false, auto_off: false, power_limit: 2500 }),
  });
  if (method === 'Shelly.GetDeviceInfo')
    return {
      name: null,
      id: device,
      mac,
      slot: 0,
      model: 'S3PL-00112EU',
      gen: generation,
      ver: '1.7.5',
      app: 'PlugSG3',
      auth_en: false,
    };
  if (method === 'Shelly.GetStatus') return deps.wholeStatus();
  if (method === 'MQTT.GetConfig') return mqttConfig();
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
