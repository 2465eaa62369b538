import { z } from 'zod';
import { PlugProtocolError } from '../../model/errors.ts';
import type { CompleteFixture } from './fixture.ts';
import { OUTLET_COMPONENTS, OUTLET_LIST, wholeList } from './list.ts';
import type { TapoReply } from './packet.ts';
import { COMPONENTS, DEVICE_INFO, errorOf, insist, type SmartProtocol } from './protocol.ts';
import { macOf } from './reading.ts';
import { redact } from './redact.ts';

/**
 * What is asked, and the component without which it is not. Only what python-kasa's dumps show of many devices: each is
 * a read that harms none of them. Never the LED (it ends in a P100 that hangs) or the newest firmware (it asks the cloud).
 */
const DEVICE_READS: readonly (readonly [method: string, component: string])[] = [
  ['get_device_time', 'time'],
  ['get_device_usage', 'device'],
  ['get_energy_usage', 'energy_monitoring'],
  ['get_current_power', 'energy_monitoring'],
  ['get_emeter_data', 'energy_monitoring'],
  ['get_emeter_vgain_igain', 'energy_monitoring'],
  ['get_max_power', 'power_protection'],
  ['get_protection_power', 'power_protection'],
  ['get_auto_off_config', 'auto_off'],
  ['get_connect_cloud_state', 'cloud_connect'],
];
/** The clock and the cloud are the strip's own, and calibration is told by the strip for all its outlets. */
const STRIP_ONLY = new Set(['get_device_time', 'get_connect_cloud_state', 'get_emeter_vgain_igain']);
const OUTLET_READS = DEVICE_READS.filter(([method]) => !STRIP_ONLY.has(method));

const componentsSchema = z.array(
  z
    .object({ id: z.string().regex(/^[a-zA-Z0-9_]{1,40}$/), ver_code: z.int() })
    .transform(({ id, ver_code }) => [id, ver_code] as const),
);
const schemeSchema = z.object({ mgt_encrypt_schm: z.object({ lv: z.int() }) });
const outletSchema = z.looseObject({ device_id: z.string(), position: z.int().positive() });

/** What a capture needs beside the device's own answers. */
export interface CaptureSource {
  /** The MAC that the device must have, 12 upper-case hex digits; null: any. */
  mac: string | null;
  /** The transport that carries the answers, asked after the first. */
  kind(): CompleteFixture['transport']['kind'];
  /** What the device says to a UDP probe; null when it says nothing. */
  discovery(): Promise<Pick<TapoReply, 'mac' | 'raw'> | null>;
  /** Where the fixture is from. */
  source: string;
}

/**
 * Asks a device, and each outlet of a strip, every harmless question once, one after the other, and redacts the answers.
 * @param who names the device in messages
 * @throws PlugUnreachable, PlugAuthRefused, PlugProtocolError
 */
export async function capture(protocol: SmartProtocol, who: string, from: CaptureSource): Promise<CompleteFixture> {
  const info = await insist(protocol, who, DEVICE_INFO);
  const mac = macOf(info, who);
  if (from.mac !== null && mac !== from.mac)
    throw new PlugProtocolError(
      `${who} is another device: its MAC is ${mac}, expected is ${from.mac}. Correct host or mac`,
    );
  const components = componentsOf(await insist(protocol, who, COMPONENTS), who);
  const device = await answers(protocol, who, DEVICE_READS, components);
  const children = components.child_device === undefined ? [] : await captureOutlets(protocol, who);
  const reply = await from.discovery();
  const discovery = reply?.mac === mac ? redact(reply.raw) : null;
  const shown = redact(info);
  const { model, hw_ver: hardware, fw_ver: firmware } = shown;
  if (typeof model !== 'string' || model === '')
    throw new PlugProtocolError(`${who} tells no model that TP-Link would`);
  return {
    model,
    region: regionOf(discovery?.device_model, shown.specs),
    hardware: textOr(hardware, 'unknown'),
    firmware: textOr(firmware, 'unknown'),
    transport: { kind: from.kind(), lv: schemeSchema.safeParse(discovery).data?.mgt_encrypt_schm.lv ?? null },
    source: from.source,
    complete: true,
    discovery,
    components,
    methods: { [DEVICE_INFO]: shown, ...device.methods },
    ...(Object.keys(device.errors).length > 0 && { errors: device.errors }),
    children,
  };
}

async function captureOutlets(protocol: SmartProtocol, who: string): Promise<CompleteFixture['children']> {
  const entries = z.array(outletSchema).safeParse(await wholeList(protocol, who, OUTLET_LIST));
  if (!entries.success) throw new PlugProtocolError(`${who} lists an outlet without device_id or position`);
  const componentLists = await wholeList(protocol, who, OUTLET_COMPONENTS);
  const children: CompleteFixture['children'] = [];
  for (const info of entries.data) {
    const { device_id: id, position } = info;
    const name = `outlet ${position} of ${who}`;
    const components = componentsOf(componentLists.find((list) => list.device_id === id) ?? {}, name);
    const { methods, errors } = await answers(protocol.child(name, id), name, OUTLET_READS, components);
    children.push({
      // An id that tells nothing but still tells the outlets apart.
      info: { ...redact(info), device_id: String(position).padStart(40, '0'), position },
      components,
      methods,
      ...(Object.keys(errors).length > 0 && { errors }),
    });
  }
  return children;
}

/** Redacted answers, and the codes of refusals. A method that the device does not have is in neither. */
async function answers(
  protocol: SmartProtocol,
  who: string,
  reads: typeof DEVICE_READS,
  components: Record<string, number>,
): Promise<{ methods: CompleteFixture['methods']; errors: Record<string, number> }> {
  const methods: CompleteFixture['methods'] = {};
  const errors: Record<string, number> = {};
  for (const [method, component] of reads) {
    if (components[component] === undefined) continue;
    const answer = (await protocol.query([method])).get(method);
    if (answer?.result) methods[method] = redact(answer.result);
    else if (answer) errors[method] = refusal(errorOf(who, method, answer.code), answer.code);
  }
  return { methods, errors };
}

/** A refusal of this very method is part of the picture; a plug that is busy or lets nobody in gives none. */
function refusal(error: Error, code: number): number {
  if (error instanceof PlugProtocolError) return code;
  throw error;
}

function componentsOf(answer: Record<string, unknown>, who: string): Record<string, number> {
  const list = componentsSchema.safeParse(answer.component_list);
  if (list.success) return Object.fromEntries(list.data);
  throw new PlugProtocolError(`${who} does not say what it can do (component_list)`);
}

/** From `P110(EU)`, or from the two letters that some devices give. */
function regionOf(deviceModel: unknown, specs: unknown): string | null {
  const named = typeof deviceModel === 'string' ? /\(([A-Z]{2})\)$/.exec(deviceModel)?.[1] : undefined;
  return named ?? (textOr(specs, '') || null);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
