/** As plugs name themselves: `shellyplugsg3-8cbfeaa133f0`. */
export const DEVICE_ID = /^[A-Za-z0-9_-]{3,64}$/;

/** As the plugs' own settings allow it: 1 to 300 characters, no wildcards, no level left empty. */
export const TOPIC_PREFIX = /^(?!\$)[^+#%?/\s]+(\/[^+#%?/\s]+)*$/;
export const MAX_PREFIX_LENGTH = 300;

/** The MAC with which a device id ends (`shellyplugsg3-8cbfeaa133f0`), or null: older ids hold only its half. */
export function macOfDeviceId(device: string): string | null {
  return /-([0-9a-f]{12})$/i.exec(device)?.[1]?.toUpperCase() ?? null;
}
