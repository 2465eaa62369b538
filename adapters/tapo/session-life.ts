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

/** How long the device says that a session lasts, seconds, beside its cookie; null when it does not. */
export function cookieLastsSeconds(cookies: string[]): number | null {
  const given = cookies.map((part) => Number(/^TIMEOUT=(\d{1,9})$/.exec(part)?.[1])).find((seconds) => seconds > 0);
  return given ?? null;
}

/** How long a session is used that lasts so long, ms; half of it when it is short. @param lastsSeconds null: not told */
export function usableMs(lastsSeconds: number | null): number {
  const seconds = lastsSeconds ?? DEFAULT_SESSION_SECONDS;
  return 1000 * Math.max(seconds - RENEW_BEFORE_SECONDS, seconds / 2);
}
