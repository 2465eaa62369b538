import { randomBytes, timingSafeEqual } from 'node:crypto';
import { PlugAuthRefused, PlugProtocolError } from '../../../model/errors.ts';
import { normaliseMac } from '../../mac.ts';
import type { Channel, Expiry } from '../channel.ts';
import { type Account, LoginRefused, WrongTransport } from '../kind.ts';
import { passcode, passcodeType, registerName } from './passcode.ts';
import { freshScalar, type Proof, prove, RANDOM_BYTES, stretch } from './spake2plus.ts';
import { LoginSteps } from './steps.ts';

/** What a login leads to. */
export interface Granted {
  /** Names the session in addresses. */
  id: string;
  sharedKey: Buffer;
  /** Sequence number of the first request. */
  startSeq: number;
  /** How long the session lasts by the plug's words, seconds; null when it does not say. */
  lastsSeconds: number | null;
}

/**
 * Logs in: asks what the plug offers, registers, and proves on both sides to know the password. A wrong password is told
 * to the plug once: it counts, and locks itself after some fifteen.
 *
 * A plug may prove its make too (`dac`). It is asked for that where it expects so, and the proof is not checked: that
 * the plug knows the password is what a session rests on.
 * @throws WrongTransport, LoginRefused, PlugAuthRefused, PlugUnreachable, PlugProtocolError, CommandExpired
 */
export async function login(channel: Channel, account: Account, expiry: Expiry): Promise<Granted> {
  const { who } = channel;
  const steps = new LoginSteps(channel, expiry);
  const { mac: saidMac, tpap: offer } = await steps.discover();
  if (offer.tls) throw new WrongTransport(`it offers TPAP over TLS (mode ${offer.tls}), which offair can't`, 'tpap');
  const type = passcodeType(offer.pake);
  if (type === null)
    throw new PlugAuthRefused(
      `${who} takes no e-mail and password (pake ${offer.pake.join(', ')}): it is not bound to your TP-Link account. ` +
        'Add it in the Tapo app, with the account that offair uses',
    );

  const userRandom = randomBytes(RANDOM_BYTES);
  const registered = await steps.register({
    username: registerName(offer.user_hash_type),
    user_random: userRandom.toString('base64'),
    passcode_type: type,
  });
  const { extra_crypt: crypt } = registered;
  const mac = saidMac ? normaliseMac(saidMac) : null;
  const secret = passcode(account, crypt ?? {}, mac);
  if (secret === null)
    throw new WrongTransport(
      `TPAP wants the password in a form that offair can't make: ${JSON.stringify({ type, ...crypt, mac }).slice(0, 200)}`,
      'tpap',
    );
  const exchanged = { userRandom, devRandom: registered.dev_random, devShare: registered.dev_share };
  const scalars = await stretch(secret, registered.dev_salt, registered.iterations);
  let proof: Proof;
  try {
    proof = prove(scalars, freshScalar(), exchanged);
  } catch (cause) {
    throw new PlugProtocolError(`${who} answered the login with an invalid share: is it a Tapo plug?`, { cause });
  }

  const granted = await steps.share({
    user_share: proof.userShare.toString('base64'),
    user_confirm: proof.userConfirm.toString('base64'),
    ...(offer.dac && { dac_nonce: randomBytes(RANDOM_BYTES).toString('base64') }),
  });
  const { dev_confirm: devConfirm, start_seq: startSeq, expired: lastsSeconds = null } = granted;
  // It took our proof without knowing what it proves.
  if (devConfirm.length !== proof.devConfirm.length || !timingSafeEqual(devConfirm, proof.devConfirm))
    throw new LoginRefused(
      `${who} could not prove that it knows your password: another device answers at its address. ` +
        'Find out which, then restart offair',
      null,
    );
  return { id: granted.sessionId ?? granted.stok ?? '', sharedKey: proof.sharedKey, startSeq, lastsSeconds };
}
