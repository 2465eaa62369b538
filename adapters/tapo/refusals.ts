import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { DeviceMemory } from '../adapter.ts';
import type { Account, LoginRefused } from './kind.ts';

const keptSchema = z.object({
  salt: z.base64(),
  hash: z.base64(),
  message: z.string(),
  remainingAttempts: z.number().nullable(),
});

export interface Refusal {
  message: string;
  remainingAttempts: number | null;
}

const HASH_BYTES = 32;
const hashOf = promisify<string, Buffer, number, Buffer>(scrypt);

/**
 * Remembers, across restarts, that a device refused this very account: it counts wrong passwords and locks itself, so
 * it is told none twice. Only a salted hash of the account is kept.
 */
export class Refusals {
  readonly #memory: DeviceMemory;
  readonly #name: string;

  /** @param device its MAC, or its address */
  constructor(memory: DeviceMemory, device: string) {
    this.#memory = memory;
    this.#name = refusalName(device);
  }

  /** The refusal of this account; null when there is none, or another account was refused. */
  async of(account: Account): Promise<Refusal | null> {
    const kept = keptSchema.safeParse(await this.#memory.recall(this.#name));
    if (!kept.success) return null;
    const hash = await hashOf(textOf(account), Buffer.from(kept.data.salt, 'base64'), HASH_BYTES);
    return timingSafeEqual(hash, Buffer.from(kept.data.hash, 'base64')) ? kept.data : null;
  }

  /** @returns false when it could not be written */
  async keep(account: Account, { message, remainingAttempts }: LoginRefused): Promise<boolean> {
    const salt = randomBytes(16);
    const hash = await hashOf(textOf(account), salt, HASH_BYTES);
    const kept = { salt: salt.toString('base64'), hash: hash.toString('base64'), message, remainingAttempts };
    return this.#memory.keep(this.#name, kept).then(
      () => true,
      () => false,
    );
  }
}

/** Name in the memory under which a device's refusal is kept. */
export function refusalName(device: string): string {
  return `tapo-refused:${device}`;
}

function textOf({ username, password }: Account): string {
  return JSON.stringify([username, password]);
}
