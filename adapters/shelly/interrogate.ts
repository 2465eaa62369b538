import type { Clock } from '../../model/clock.ts';
import type { FoundDevice } from '../adapter.ts';
import { isObject, jsonOf } from '../json.ts';
import type { MqttBus } from '../mqtt/bus.ts';
import { addressOf, gen2Device, gen2Info } from './found.ts';

const ANSWER_TIMEOUT_MS = 3000;
/** Radio loses messages. */
const TRIES = 2;

type Answer = Record<string, unknown> | null;

/** Where whoever has this prefix answers us. The embedded broker lets a plug write to its own only. */
export function answersTopic({ clientId }: MqttBus, prefix: string): string {
  return `${clientId}/${prefix}/rpc`;
}

/**
 * Asks the unknown device of generation 2 or newer with this topic prefix who it is and what it measures.
 * @returns null when it did not answer or is no plug
 * @throws Error when the broker is away
 */
export async function interrogate(
  prefix: string,
  { mqtt, clock }: { mqtt: MqttBus; clock: Clock },
  signal: AbortSignal,
): Promise<FoundDevice | null> {
  const waiting = new Map<string, (answer: Answer) => void>();
  const unsubscribe = await mqtt.subscribe(answersTopic(mqtt, prefix), ({ payload, retained }) => {
    if (retained) return;
    const { id, result } = frameOf(payload);
    if (typeof id === 'string') waiting.get(id)?.(isObject(result) ? result : null);
  });
  const ask = async (method: string): Promise<Answer> => {
    for (let tries = 1; tries <= TRIES && !signal.aborted; tries += 1) {
      // No number: those are the ids of a configured plug's questions, whose answers come on the same topic.
      const id = `discover ${method} ${tries}`;
      const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
      waiting.set(id, resolve);
      const cancel = clock.after(ANSWER_TIMEOUT_MS, () => resolve(undefined));
      const request = { id, src: `${mqtt.clientId}/${prefix}`, method, params: {} };
      try {
        await mqtt.publish(`${prefix}/rpc`, JSON.stringify(request));
        const answer = await promise;
        if (answer !== undefined) return answer;
      } finally {
        cancel();
        waiting.delete(id);
      }
    }
    return null;
  };
  try {
    const info = gen2Info.safeParse(await ask('Shelly.GetDeviceInfo'));
    const status = info.success ? await ask('Shelly.GetStatus') : null;
    if (!info.success || !status) return null;
    const config = await ask('Shelly.GetConfig');
    return gen2Device({ info: info.data, status, config, prefix, address: addressOf(status, prefix), obstacle: null });
  } finally {
    unsubscribe();
  }
}

function frameOf(payload: Buffer): Record<string, unknown> {
  const frame = jsonOf(payload.toString());
  return isObject(frame) ? frame : {};
}
