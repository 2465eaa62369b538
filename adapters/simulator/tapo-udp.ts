import { createHash } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { framed } from '../tapo/packet.ts';

/** What a simulated plug answers to probes, and from where. */
export interface UdpPlug {
  /** Loopback address of its own: nobody else may have it on the discovery port. */
  host: string;
  /** Where its HTTP server listens, or will. */
  httpPort: number;
  /** In any notation: devices write `9C-53-22-00-00-01`. */
  mac: string;
  /** With its region: `P110(EU)`. */
  model?: string;
  deviceType?: string;
  scheme?: 'KLAP' | 'AES' | 'TPAP';
  /** E-mail of its account; null: it belongs to none. */
  owner?: string | null;
  setUpBy?: string;
  factoryDefault?: boolean;
  /** It got a probe: firmware 1.4.6 starts its HTTP server now. */
  onProbe?: () => void;
}

/** The discovery side of simulated plugs: UDP on loopback, where 127.255.255.255 is the broadcast address. */
export class SimulatedTapoUdp {
  #port = 0;
  #broadcasts: Socket | null = null;
  readonly #plugs = new Map<UdpPlug, Socket>();
  /** How many probes were broadcast. */
  broadcasts = 0;

  /** Resolves with the port once broadcasts are heard; `port` 0 takes a free one. */
  async start(port = 0): Promise<number> {
    this.#broadcasts = await bound('127.255.255.255', port, (packet, from) => {
      this.broadcasts += 1;
      for (const [plug, socket] of this.#plugs) answer(plug, socket, packet, from);
    });
    this.#port = (this.#broadcasts.address() as AddressInfo).port;
    return this.#port;
  }

  /** The plugs will be asked one by one, on this port; broadcasts are not heard. */
  startDeaf(port: number): void {
    this.#port = port;
  }

  /** A plug comes into the network. */
  async join(plug: UdpPlug): Promise<void> {
    const socket: Socket = await bound(plug.host, this.#port, (packet, from) => answer(plug, socket, packet, from));
    this.#plugs.set(plug, socket);
  }

  /** It leaves, perhaps to join again elsewhere. */
  leave(plug: UdpPlug): Promise<void> {
    const socket = this.#plugs.get(plug);
    this.#plugs.delete(plug);
    return closed(socket);
  }

  async stop(): Promise<void> {
    const broadcasts = this.#broadcasts;
    this.#broadcasts = null;
    await Promise.all([closed(broadcasts), ...[...this.#plugs.keys()].map((plug) => this.leave(plug))]);
  }
}

function answer(plug: UdpPlug, socket: Socket, packet: Buffer, from: RemoteInfo): void {
  if (!isProbe(packet)) return;
  plug.onProbe?.();
  socket.send(framed(Buffer.from(JSON.stringify(replyOf(plug))), 0, 0), from.port, from.address);
}

/** A header that fits the packet, with the checksum over all of it, and a key in JSON. */
function isProbe(packet: Buffer): boolean {
  if (packet.length <= 16 || packet.readUInt8(0) !== 2 || packet.readUInt16BE(2) !== 1) return false;
  if (packet.readUInt16BE(4) !== packet.length - 16) return false;
  const seeded = Buffer.from(packet);
  seeded.writeUInt32BE(0x5a6b7c8d, 12);
  if (crc32(seeded) !== packet.readUInt32BE(12)) return false;
  return JSON.parse(packet.toString('utf8', 16)).params.rsa_key.startsWith('-----BEGIN PUBLIC KEY-----');
}

function replyOf(plug: UdpPlug): object {
  const { host, httpPort, mac, scheme = 'KLAP', owner = null } = plug;
  const login = { is_support_https: false, encrypt_type: scheme, http_port: httpPort };
  return {
    result: {
      device_id: createHash('md5').update(mac).digest('hex'),
      owner: owner === null ? '' : createHash('md5').update(owner).digest('hex').toUpperCase(),
      device_type: plug.deviceType ?? 'SMART.TAPOPLUG',
      device_model: plug.model ?? 'P110(EU)',
      ip: host,
      mac,
      is_support_iot_cloud: true,
      obd_src: plug.setUpBy ?? 'tplink',
      factory_default: plug.factoryDefault ?? false,
      // The oldest firmware does not state the version of its login.
      mgt_encrypt_schm: scheme === 'AES' ? login : { ...login, lv: 2 },
      ...(scheme === 'TPAP' && {
        protocol_version: 1,
        tpap_preferred: true,
        tpap: { tls: 0, dac: 0, noc: 0, pake: [2], port: httpPort },
      }),
    },
    error_code: 0,
  };
}

async function bound(host: string, port: number, hear: (packet: Buffer, from: RemoteInfo) => void): Promise<Socket> {
  const socket = createSocket('udp4').on('message', hear);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind(port, host, resolve);
  });
  return socket;
}

function closed(socket: Socket | null | undefined): Promise<void> {
  return new Promise((resolve) => (socket ? socket.close(resolve) : resolve()));
}
