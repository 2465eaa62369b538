import { askToken } from './token.js';

/** Kept here alone: it is gone when the page is closed. @type {string | null} */
let token = null;

/** Whether the server asked for a token: then links must carry one, and can't. */
export const hasToken = () => token !== null;

/** @returns {Record<string, string>} */
const authorization = () => (token ? { authorization: `Bearer ${token}` } : {});

/** The API said no: `reasons` are for a person. */
export class Refused extends Error {
  /** @param {import('./types.d.ts').Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.status = problem.status;
    const reasons = problem.reasons ?? [{ code: problem.code, text: problem.detail }];
    this.reasons = reasons.map((reason) => ({ ...reason, data: reason.data ?? { detail: reason.text } }));
  }
}

/**
 * Calls the API; asks the person for a token when it needs one, and tries again with it.
 * @param {string} path under /api/v1/
 * @param {RequestInit} options
 * @returns {Promise<Response>} a good one
 * @throws {Refused} when the API says no, or nobody gives a token
 */
export async function call(path, options = {}) {
  for (;;) {
    const used = token;
    const headers = { ...authorization(), ...(options.body ? { 'content-type': 'application/json' } : {}) };
    const response = await fetch(`/api/v1/${path}`, { ...options, headers, cache: 'no-store' });
    if (response.ok) return response;
    const problem = /** @type {import('./types.d.ts').Problem} */ (await response.json());
    const wantsToken = response.status === 401 || problem.code === 'token-scope';
    if (!wantsToken) throw new Refused(problem);
    // Several calls may be refused at once: one answer serves them all.
    if (token === used) token = await askToken(used !== null);
    if (token === null) throw new Refused(problem);
  }
}

/**
 * @template T
 * @param {string} path
 * @returns {Promise<T>}
 */
export const get = async (path) => (await call(path)).json();

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<unknown>}
 */
export const post = async (path, body = {}) =>
  (await call(path, { method: 'POST', body: JSON.stringify(body) })).json();

/** @param {string} path */
export const del = async (path) => (await call(path, { method: 'DELETE' })).json();
