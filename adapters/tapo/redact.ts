/**
 * Makes what a plug answered fit to be shown to strangers. By an allow-list: a field that is known to be technical keeps
 * its value when that looks as it should; of every other field only its name and kind are left.
 */

/** Measurements, versions and states: nothing of them tells whose plug it is. */
const NUMBERS = new Set(
  `auto_off_remain_time bind_count current_ma current_power delay_min energy_mwh energy_wh error_code http_port igain lv
  max_power month_energy month_runtime on_off on_time past1y past24h past30 past30d past7 past7d port position
  power_mw protection_power protocol_version rssi signal_level slot_number status sum start_index time_diff timestamp
  tls dac noc pake today today_energy today_runtime ver_code vgain voltage_mv new_klap`.split(/\s+/),
);

const WORD = /^[a-z_]{0,20}$/;
const ZERO_ID = (value: string) => '0'.repeat(Math.min(value.length, 64));
const HIDDEN_TEXT = Buffer.from('redacted').toString('base64');
const hideText = (value: string) => (value === '' ? '' : HIDDEN_TEXT);
const only = (pattern: RegExp) => (value: string) => (pattern.test(value) ? value : '');

const STRINGS: Readonly<Record<string, (value: string) => string>> = {
  auto_off_status: only(WORD),
  avatar: only(/^plug$/),
  category: only(/^plug(\.[a-z-]{1,20}){0,3}$/),
  charging_status: only(WORD),
  device_model: only(/^[A-Z]{1,3}\d{2,4}[A-Z]{0,3}(\([A-Z]{2}\))?$/),
  device_type: only(/^(SMART|IOT)\.[A-Z]{1,20}$/),
  encrypt_type: only(/^(AES|KLAP|TPAP)$/),
  fw_ver: only(/^\d+(\.\d+){1,3}( Build \d{6,8} Rel\. ?\d{1,7})?$/),
  hw_ver: only(/^\d+(\.\d+){0,3}$/),
  lang: only(/^[a-z]{2}_[A-Z]{2}$/),
  local_time: only(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
  model: only(/^[A-Z]{1,3}\d{2,4}[A-Z]{0,3}$/),
  obd_src: only(/^(tplink|matter|apple|tss)$/),
  overcurrent_status: only(WORD),
  overheat_status: only(WORD),
  power_protection_status: only(WORD),
  region: (value) => (isTimeZone(value) ? value : ''),
  specs: only(/^[A-Z]{2}$/),
  type: only(/^(SMART\.[A-Z]{1,20}|last_states|custom)$/),

  // The shape is kept, so that what reads it still can.
  device_id: ZERO_ID,
  fw_id: ZERO_ID,
  hw_id: ZERO_ID,
  ip: () => '127.0.0.1',
  mac: vendorOnly,
  nickname: hideText,
  oem_id: ZERO_ID,
  original_device_id: ZERO_ID,
  owner: ZERO_ID,
  ssid: hideText,
};

/** Names as firmware gives them; what looks like an id or an address in place of a name is left out. */
const FIELD_NAME = /^[a-z]+\d{0,2}[a-z]?(_[a-z]+\d?)*$/i;
const MAX_NAME_LENGTH = 32;

/** A copy without anything personal, fields in alphabetical order. @param result what a method answered, plain JSON */
export function redact(result: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(result)
      .filter(([name]) => FIELD_NAME.test(name) && name.length <= MAX_NAME_LENGTH)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, redactValue(name, value)]),
  );
}

function redactValue(name: string, value: unknown): unknown {
  if (typeof value === 'number') return NUMBERS.has(name) ? value : 0;
  if (typeof value === 'string') return Object.hasOwn(STRINGS, name) ? STRINGS[name]?.(value) : '';
  if (Array.isArray(value)) return value.map((item) => redactValue(name, item));
  if (typeof value === 'object' && value !== null) return redact(value as Record<string, unknown>);
  return value;
}

/** The first half of a MAC names its maker; the second, the very device. */
function vendorOnly(mac: string): string {
  const separated = /^([0-9A-F]{2}([:-]?)[0-9A-F]{2}\2[0-9A-F]{2})(\2[0-9A-F]{2}){3}$/i.exec(mac);
  if (!separated) return '';
  const [, vendor = '', separator = ''] = separated;
  return vendor + `${separator}00`.repeat(3);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
