import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../../model/clock.ts';
import { webRequest } from '../web-request.ts';

/** Where a calendar comes from. The path of an address may be what lets one in: it is never told. */
export interface CalendarOrigin {
  /** For a person: the path of the file, or the host. */
  readonly name: string;
  /** Tells it from all others; a secret. */
  readonly key: string;
  /** How long after a good look the next one is due, ms. */
  readonly againMs: number;
  /**
   * @param version of the copy that is there already; null: there is none, or it must be read again
   * @throws Error in words when it can't be had
   */
  fetch(version: string | null, signal: AbortSignal): Promise<{ ics: string; version: string | null } | 'unchanged'>;
}

const MAX_BYTES = 10 * 1024 * 1024;
const FILE_AGAIN_MS = 30_000;
const URL_AGAIN_MS = 15 * 60_000;
const TIMEOUT_MS = 20_000;
const MAX_REDIRECTS = 3;

/** A file, read again when it has changed. */
export function calendarFile(path: string): CalendarOrigin {
  return {
    name: path,
    key: path,
    againMs: FILE_AGAIN_MS,
    async fetch(before) {
      const file = await stat(path);
      if (!file.isFile()) throw new Error('it is no file');
      if (file.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
      const version = `${file.mtimeMs} ${file.size} ${file.ino}`;
      return version === before ? 'unchanged' : { ics: await readFile(path, 'utf8'), version };
    },
  };
}

/** An address: `https`, `http`, or `webcal`, which is https. */
export function calendarUrl(address: string, clock: Clock): CalendarOrigin {
  const first = new URL(address.replace(/^webcals?:/i, 'https:'));
  return {
    name: first.hostname,
    key: first.href,
    againMs: URL_AGAIN_MS,
    async fetch(version, signal) {
      let url = first;
      for (let redirects = 0; ; redirects += 1) {
        const answer = await webRequest(url, {
          ...{ method: 'GET', timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BYTES, clock, signal },
          headers: { accept: 'text/calendar', 'user-agent': 'offair', ...conditionOf(version) },
        });
        const { status, headers, body } = answer;
        if (status === 200) return { ics: body, version: versionOf(headers) };
        if (status === 304 && version !== null) return 'unchanged';
        if (![301, 302, 303, 307, 308].includes(status) || !headers.location)
          throw new Error(`it answers ${status}: check the address of the calendar`);
        url = new URL(headers.location, url);
        if (redirects === MAX_REDIRECTS) throw new Error('it sends from one address to the next');
        if (url.protocol !== first.protocol) throw new Error(`it sends on to ${url.protocol}, which is not followed`);
      }
    },
  };
}

/** What the server called the copy. */
function versionOf(headers: { etag?: string | undefined; 'last-modified'?: string | undefined }): string | null {
  const { etag, 'last-modified': modified } = headers;
  if (etag !== undefined) return `etag ${etag}`;
  return modified === undefined ? null : `modified ${modified}`;
}

function conditionOf(version: string | null): Record<string, string> {
  if (version?.startsWith('etag ')) return { 'if-none-match': version.slice('etag '.length) };
  return version === null ? {} : { 'if-modified-since': version.slice('modified '.length) };
}
