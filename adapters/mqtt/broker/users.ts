import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import type { MqttRights } from './rights.ts';

/** A user of the embedded broker as it is kept: only the hash of the password. */
export interface MqttUser extends MqttRights {
  name: string;
  /** SHA-256 of the password, hex. Enough, since passwords are random: nobody can guess 100 bits. */
  hash: string;
}

/** No letters that look alike: it is typed into a plug's web page by hand. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
/** 20 of 31 letters are 99 bits; every plug's page takes that many. */
const PASSWORD_LETTERS = 20;

/** Makes a user with a random password, which is shown once. */
export function createMqttUser(name: string, rights: MqttRights): { user: MqttUser; password: string } {
  const letters = Array.from({ length: PASSWORD_LETTERS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  const password = letters.join('');
  return { user: { name, hash: hashOf(password), ...rights }, password };
}

/** Takes the same time for each password. */
export function hasPassword(user: Pick<MqttUser, 'hash'>, password: string): boolean {
  return timingSafeEqual(Buffer.from(user.hash, 'hex'), Buffer.from(hashOf(password), 'hex'));
}

export function hashOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}
