import { createHash } from 'node:crypto';

/** What a plug wants to hear for the account: the name, the kind of passcode, and the secret that goes into SPAKE2+. */

const hex = (algorithm: 'md5' | 'sha1' | 'sha256', text: string) => createHash(algorithm).update(text).digest('hex');

/** Plugs know their owner by this name, whatever the account is called. */
const OWNER = 'admin';

export type PasscodeType = 'userpw' | 'shared_token';
/** The way a plug wants the password hashed before anything else; without a type: not at all. */
export interface ExtraCrypt {
  type?: string | undefined;
  params?: Record<string, unknown> | undefined;
}

/** @param userHashType as the plug says it */
export function registerName(userHashType: unknown): string {
  return userHashType === 1 ? hex('sha256', OWNER).toUpperCase() : hex('md5', OWNER);
}

/**
 * The kind of passcode to log in with, by what the plug offers (`pake`); null when there is none that we use. The one of
 * a plug that no account owns (0) anyone can work out: by it, anyone in the network could stand in for a plug.
 */
export function passcodeType(pake: readonly unknown[]): PasscodeType | null {
  if (pake.includes(2) || pake.includes(5)) return 'userpw';
  return pake.includes(3) ? 'shared_token' : null;
}

/**
 * The secret of an account. A guess would cost one of the few attempts that the plug allows, so what isn't known for
 * certain is null.
 * @param mac 12 upper-case hex digits, or null when the plug did not say
 */
export function passcode(
  { username, password }: { username: string; password: string },
  { type, params = {} }: ExtraCrypt,
  mac: string | null,
): string | null {
  if (type === undefined) return `${username}/${password}`;
  if (type === 'password_sha_with_salt' && typeof params.sha_salt === 'string') {
    const name = Number(params.sha_name) === 0 ? 'admin' : 'user';
    return hex('sha256', name + Buffer.from(params.sha_salt, 'base64').toString('utf8') + password);
  }
  if (type !== 'password_shadow') return null;
  switch (Number(params.passwd_id)) {
    case 2:
    case 4: // Seen on an S505D; the same as 2.
      return hex('sha1', password);
    case 3:
      return mac && hex('sha1', `${hex('md5', username)}_${mac.replace(/..(?=.)/g, '$&:')}`);
    default:
      return null; // 1 and 5 are hashes of Unix passwords, asked for by no plug that is known.
  }
}
