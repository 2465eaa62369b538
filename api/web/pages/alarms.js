import { get } from '../api.js';
import { make } from '../dom.js';
import { lengthText, momentText } from '../format.js';
import { whoText } from '../names.js';
import { saidText, t } from '../text.js';
import { emptyText, errorText, pageHead, table } from '../ui.js';

const LENGTH = 200;

/** @typedef {import('../types.d.ts').Alarm} Alarm */

/**
 * Alarms, open and past, newest first.
 * @param {import('../types.d.ts').Asked} asked
 * @returns {import('../types.d.ts').Page}
 */
export function open({ root, status }) {
  let closed = false;
  let known = keyOf(status);
  const content = make('section', 'card stack', emptyText(t('loading')));
  root.append(pageHead(t('pageAlarms')), content);
  const load = async () => {
    try {
      const { alarms } = /** @type {{ alarms: Alarm[] }} */ (await get(`alarms?limit=${LENGTH}`));
      if (closed) return;
      const rows = alarms.map((alarm) => rowOf(alarm, status.studio.timeZone));
      const heads = [t('alarm'), t('severityName'), t('begun'), t('lasted'), t('seen')];
      content.replaceChildren(rows.length > 0 ? table(t('pageAlarms'), heads, rows) : emptyText(t('alarmsEmpty')));
    } catch (error) {
      if (!closed) content.replaceChildren(emptyText(errorText(error)));
    }
  };
  load();
  return {
    update(next) {
      if (keyOf(next) === known) return;
      known = keyOf(next);
      load();
    },
    close() {
      closed = true;
    },
  };
}

/** @param {import('../types.d.ts').Shown} status */
const keyOf = ({ alarms }) => alarms.map(({ id, acknowledged }) => `${id} ${acknowledged?.at}`).join();

/**
 * @param {Alarm} alarm
 * @param {string} timeZone
 */
function rowOf(alarm, timeZone) {
  const { severity, raisedAt, clearedAt, acknowledged } = alarm;
  const chip = make('span', 'chip', t(`severity_${severity}`));
  chip.dataset.severity = severity;
  return [
    saidText(alarm),
    chip,
    momentText(raisedAt, timeZone),
    clearedAt === null ? t('goesOn') : lengthText(Date.parse(clearedAt) - Date.parse(raisedAt)),
    acknowledged ? whoText(acknowledged.by) : '–',
  ];
}
