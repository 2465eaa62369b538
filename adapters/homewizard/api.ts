import { z } from 'zod';
import { PlugProtocolError, PlugUnreachable } from '../../model/errors.ts';
import type { AdapterDeps } from '../adapter.ts';
import { macSchema } from '../mac.ts';
import { isObject } from '../mqtt/json.ts';
import { webRequest } from '../web-request.ts';

const TIMEOUT_MS = 5000;
const MAX_BODY_BYTES = 16 * 1024;
/** Errors of its API, v1. */
const API_DISABLED = 202;
const NOT_MODIFIABLE = 8;

export const ENABLE_API = 'turn on its local API in the HomeWizard app: Settings → Meters → the socket → Local API';

const Device = z.object({
  product_type: z.literal('HWE-SKT', 'an Energy Socket (HWE-SKT): meters can not be cut, and are no plugs'),
  serial: macSchema,
  firmware_version: z.string().max(60),
  api_version: z.literal('v1'),
});

const kwhCounter = z.number().min(0).optional();
/** What it has not is not sent. Older firmware counts its one tariff, newer one the sum too. */
const Data = z
  .object({
    active_power_w: z.number().min(-25_000).max(25_000),
    total_power_import_kwh: kwhCounter,
    total_power_import_t1_kwh: kwhCounter,
    active_voltage_v: z.number().min(0).max(500).optional(),
    active_current_a: z.number().min(-100).max(100).optional(),
  })
  .transform(({ total_power_import_kwh: sum, total_power_import_t1_kwh: tariff1, ...data }) => ({
    ...data,
    /** What it took from the grid since it was made; what it gave back is counted apart. */
    importedKwh: sum ?? tariff1 ?? null,
  }));

const State = z.object({ power_on: z.boolean(), switch_lock: z.boolean().default(false) });

/** The local API, v1, of one Energy Socket: HTTP without a password in the studio's network. */
export class EnergySocketApi {
  readonly #who: string;
  readonly #base: string;
  readonly #clock: AdapterDeps['clock'];

  /** @param who names the plug in messages */
  constructor(who: string, { host, port }: { host: string; port: number }, clock: AdapterDeps['clock']) {
    this.#who = `${who} (${host}:${port})`;
    this.#base = `http://${host}:${port}`;
    this.#clock = clock;
  }

  /** @throws PlugUnreachable, PlugProtocolError, as all of these */
  device(): Promise<z.output<typeof Device>> {
    return this.#get('/api', Device);
  }

  data(): Promise<z.output<typeof Data>> {
    return this.#get('/api/v1/data', Data);
  }

  state(): Promise<z.output<typeof State>> {
    return this.#get('/api/v1/state', State);
  }

  async switchTo(on: boolean): Promise<void> {
    const done = await this.#ask('PUT', '/api/v1/state', { power_on: on });
    if (!isObject(done) || done.power_on !== on)
      throw new PlugProtocolError(`${this.#who} was asked to switch, and does not say that it did`);
  }

  async #get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const parsed = schema.safeParse(await this.#ask('GET', path));
    if (parsed.success) return parsed.data;
    throw new PlugProtocolError(
      `${this.#who} answered ${path} with what it should not: ${z.prettifyError(parsed.error)}`,
    );
  }

  async #ask(method: 'GET' | 'PUT', path: string, body?: object): Promise<unknown> {
    const { status, body: text } = await webRequest(new URL(this.#base + path), {
      ...{ method, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES, clock: this.#clock },
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new PlugUnreachable(`${this.#who} does not answer: ${error.message}`);
    });
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new PlugProtocolError(`${this.#who} answered ${path} with ${status} and what is not JSON`);
    }
    if (status === 200) return answer;
    const error = isObject(answer) && isObject(answer.error) ? answer.error : {};
    if (error.id === API_DISABLED) throw new PlugProtocolError(`${this.#who} does not let anybody in: ${ENABLE_API}`);
    if (error.id === NOT_MODIFIABLE)
      throw new PlugProtocolError(`${this.#who} is locked on: turn its switch lock off in the HomeWizard app`);
    const said = typeof error.description === 'string' ? `: ${error.description.slice(0, 200)}` : '';
    throw new PlugProtocolError(`${this.#who} answered ${path} with ${status}${said}`);
  }
}
