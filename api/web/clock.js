/** The browser's time, by name: the only file of the page that reads a clock or sets a timer. */

/** @returns {number} UTC ms by the browser's clock, which may be wrong: only differences and offsets of it are used */
export const nowMs = () => Date.now();

/**
 * Runs `run` once after `delayMs`.
 * @param {number} delayMs
 * @param {() => void} run
 * @returns {() => void} cancels it
 */
export function after(delayMs, run) {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

/**
 * @param {number} delayMs
 * @returns {Promise<void>}
 */
export const sleep = (delayMs) => new Promise((resolve) => after(delayMs, resolve));
