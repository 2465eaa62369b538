/** A moment as it is written: UTC, ISO 8601, with milliseconds. @throws RangeError beyond the years of a Date */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same of one that may not be known. */
export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
