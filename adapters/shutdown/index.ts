import type { Clock } from '../../model/clock.ts';
import type { MqttBus } from '../mqtt/bus.ts';
import { webRequest } from '../web-request.ts';
import { runCommand } from './command.ts';

/** How a load is told to shut down: one of the three. */
export interface ShutdownSettings {
  /** A program and its arguments; no shell. */
  command?: readonly string[] | undefined;
  http?: { url: string; method: 'GET' | 'POST'; body?: string | undefined; token: boolean } | undefined;
  mqtt?: { topic: string; payload: string } | undefined;
}

export interface ShutdownDeps {
  clock: Clock;
  /** null: the studio has no broker. */
  bus: Pick<MqttBus, 'publish'> | null;
  /** Sent as `Authorization: Bearer` where the settings say so. */
  token: string | undefined;
}

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * Tells a load to shut down, once: nothing is repeated, whoever calls decides that.
 * @returns what it answered, in words; that it was told says nothing of whether it obeys
 * @throws Error in words, the signal's reason when it was broken off
 */
export async function tellToShutDown(
  { command, http, mqtt }: ShutdownSettings,
  { clock, bus, token }: ShutdownDeps,
  signal: AbortSignal,
): Promise<string> {
  if (command) return runCommand(command, { clock, timeoutMs: TIMEOUT_MS, signal });
  if (mqtt) {
    if (!bus) throw new Error('there is no broker: mqtt is missing in the configuration');
    await bus.publish(mqtt.topic, mqtt.payload);
    return `published on ${mqtt.topic}`;
  }
  if (!http) throw new Error('nothing is configured that would shut it down');
  const { url, method, body } = http;
  const headers = {
    ...(http.token && token !== undefined ? { authorization: `Bearer ${token}` } : {}),
    ...(body === undefined ? {} : { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain' }),
  };
  const { status } = await webRequest(new URL(url), {
    ...{ method, headers, clock, signal, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_ANSWER_BYTES, cutBody: true },
    ...(body === undefined ? {} : { body }),
  });
  if (status < 200 || status > 299) throw new Error(`the server answered ${status}`);
  return `the server answered ${status}`;
}
