/** Plugs' clocks drift: a session is renewed this long before the plug says it ends (as python-kasa does). */
const RENEW_BEFORE_SECONDS = 1200;
const DEFAULT_SESSION_SECONDS = 86_400;

/** The pair to send back. TIMEOUT stands in the same header, and plugs refuse a request that returns it. */
export function sessionCookie(cookies: string[]): string | null {
  const id = cookies
    .map((part) => /^(?:TP_)?SESSIONID=(\w{1,128})$/.exec(part)?.[1])
    .find((found) => found !== undefined);
  return id === undefined ? null : `TP_SESSIONID=${id}`;
}

/** How long a session is used, seconds, by the TIMEOUT beside its cookie. */
export function renewAfterSeconds(cookies: string[]): number {
  return usableSeconds(cookies.map((part) => Number(/^TIMEOUT=(\d{1,9})$/.exec(part)?.[1])).find((given) => given > 0));
}

/** How long a session is used, seconds, that the plug says lasts `seconds`; half of it when it is short. */
export function usableSeconds(seconds = DEFAULT_SESSION_SECONDS): number {
  return Math.max(seconds - RENEW_BEFORE_SECONDS, seconds / 2);
}
