import { z } from 'zod';

const SEPARATORS = /[:.\s-]/g;
const MAC = /^[0-9A-F]{12}$/;

/** 12 upper-case hex digits from any usual notation, or null. */
export function normaliseMac(text: string): string | null {
  const mac = text.replace(SEPARATORS, '').toUpperCase();
  return MAC.test(mac) ? mac : null;
}

/** As people write it. @param mac hex digits */
export function withColons(mac: string): string {
  return mac.replace(/..(?!$)/g, '$&:');
}

/** A MAC in any usual notation, as 12 upper-case hex digits. */
export const macSchema = z
  .string()
  .refine((mac) => normaliseMac(mac) !== null, 'a MAC of 12 hex digits such as 9C:53:22:00:00:00')
  .transform((mac) => normaliseMac(mac) ?? mac);
