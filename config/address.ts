export const WEB = ['http:', 'https:'] as const;

/**
 * A test for addresses of these schemes with a host, without user and password: those are secrets and never in the file.
 * @param more what may follow the host: nothing, a path, or anything (whose path may be a secret of its own)
 */
export function isAddress(
  schemes: readonly string[],
  more: 'nothing' | 'path' | 'anything',
): (text: string) => boolean {
  return (text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
    if (!schemes.includes(protocol) || hostname === '' || `${username}${password}` !== '') return false;
    if (more !== 'anything' && `${search}${hash}` !== '') return false;
    return more !== 'nothing' || pathname === '/' || pathname === '';
  };
}
