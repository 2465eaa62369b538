import { isIP } from 'node:net';
import { z } from 'zod';

const HOST_NAME = /^(?!\d+(\.\d+)*$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?$/i;

/** Where a device is: nothing that would change the meaning of an address that is made of it. */
export const hostSchema = z
  .string()
  .refine((host) => isIP(host) !== 0 || HOST_NAME.test(host), 'an IP address or a host name, without http:// or port');

/** `http://192.168.1.50:80` */
export function httpOrigin(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
