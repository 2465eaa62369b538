import { byId, say } from './dom.js';
import { t } from './text.js';

/** @type {Promise<string | null> | null} */
let asking = null;

/**
 * Asks for a token in a dialog; null when the person gives none. Callers that ask together share the answer.
 * @param {boolean} again the one given before was refused
 * @returns {Promise<string | null>}
 */
export function askToken(again) {
  asking ??= ask(again).finally(() => {
    asking = null;
  });
  return asking;
}

/**
 * @param {boolean} again
 * @returns {Promise<string | null>}
 */
function ask(again) {
  const dialog = byId('token', HTMLDialogElement);
  const input = byId('token-input', HTMLInputElement);
  say(byId('token-wrong', HTMLElement), again ? t('tokenWrong') : '');
  input.value = '';
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => {
        resolve((dialog.returnValue === 'ok' && input.value.trim()) || null);
        input.value = '';
      },
      { once: true },
    );
  });
}
