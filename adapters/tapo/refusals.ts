import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Clock } from '../../model/clock.ts';
import type { DeviceMemory } from '../adapter.ts';
import { type Account, LoginRefused } from './kind.ts';
import type { Address } from './locator.ts';

const keptSchema = z.object({
  salt: z.base64(),
  hash: z.base64(),
  /** Who answered there may have been another device. */
  address: z.string(),
  atMs: z.number(),
  message: z.string(),
  remainingAttempts: z.number(),
});

const HASH_BYTES = 32;
/** The plug may know the password by now, added to the account anew: a restart tells it once more after an hour, */
const AGAIN_AFTER_MS = 3_600_000;
/** and after a day when it takes no more wrong ones than this: no loop of restarts can lock it. */
const ATTEMPTS_LEFT_TO_PEOPLE = 5;
const AGAIN_WHEN_FEW_LEFT_MS = 24 * AGAIN_AFTER_MS;

const hashOf = promisify<string, Buffer, number, Buffer>(scrypt);

/**
 * Remembers, across restarts, that a device refused this very account: it counts wrong passwords and locks itself after
 * some fifteen. Only a salted hash of the account is kept.
 */
export class Refusals {
  readonly #memory: DeviceMemory;
  readonly #clock: Clock;
  readonly #name: string;

  /** @param device its MAC, or its address */
  constructor(memory: DeviceMemory, clock: Clock, device: string) {
    this.#memory = memory;
    this.#clock = clock;
    this.#name = refusalName(device);
  }

  /** The refusal for which this account must not be told to the device at `address`; null when it may. */
  async standing(account: Account, address: Address | null): Promise<LoginRefused | null> {
    const kept = keptSchema.safeParse(await this.#memory.recall(this.#name).catch(() => null));
    if (!kept.success || kept.data.address !== textOf(address)) return null;
    const { salt, hash, atMs, message, remainingAttempts } = kept.data;
    const now = await hashOf(JSON.stringify(account), Buffer.from(salt, 'base64'), HASH_BYTES);
    if (!timingSafeEqual(now, Buffer.from(hash, 'base64'))) return null;
    const spare = remainingAttempts > ATTEMPTS_LEFT_TO_PEOPLE;
    if (this.#clock.nowMs() >= atMs + (spare ? AGAIN_AFTER_MS : AGAIN_WHEN_FEW_LEFT_MS)) return null;
    return new LoginRefused(
      `${message}. Refused at ${new Date(atMs).toISOString()}; tried again with another e-mail or password, ` +
        `or at a restart ${spare ? 'one hour' : 'one day'} later`,
      remainingAttempts,
    );
  }

  async keep(account: Account, address: Address | null, error: LoginRefused): Promise<void> {
    const salt = randomBytes(16);
    const hash = await hashOf(JSON.stringify(account), salt, HASH_BYTES);
    await this.#memory.keep(this.#name, {
      salt: salt.toString('base64'),
      hash: hash.toString('base64'),
      address: textOf(address),
      atMs: this.#clock.nowMs(),
      message: error.message,
      remainingAttempts: error.remainingAttempts,
    });
  }
}

/** Name in the memory under which a device's refusal is kept. */
function refusalName(device: string): string {
  return `tapo-refused:${device}`;
}

function textOf(address: Address | null): string {
  return address ? `${address.host}:${address.port}` : '';
}
