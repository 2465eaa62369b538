/** Does an MQTT topic filter (`+` one level, `#` all the rest) hold this topic? `$…` topics need their first level named. */
export function matches(filter: string, topic: string): boolean {
  return levelsMatch(filter.split('/'), topic.split('/'));
}

/** The same, of filter and topic taken apart at their slashes: for who compares one with many. */
export function levelsMatch(filter: readonly string[], topic: readonly string[]): boolean {
  const [first] = filter;
  if (topic[0]?.startsWith('$') && (first === '+' || first === '#')) return false;
  for (let index = 0; index < filter.length; index += 1) {
    const level = filter[index];
    if (level === '#') return true;
    if (index >= topic.length || (level !== '+' && level !== topic[index])) return false;
  }
  return filter.length === topic.length;
}

/** Does this filter hold more than one topic? */
export function isWild(filter: string): boolean {
  return /[+#]/.test(filter);
}

/**
 * Filters that hold at least the same topics, no two of which hold a common one: a broker delivers a message once for
 * every subscription that matches it, and two deliveries look like two measurements.
 */
export function disjoint(filters: Iterable<string>): Set<string> {
  const wild: string[] = [];
  // A studio has thousands of plain topics and few wildcards: only those are compared with each other.
  const plain = new Set<string>();
  for (const filter of filters) {
    if (!isWild(filter)) plain.add(filter);
    else {
      let merged = filter;
      for (;;) {
        const other = wild.findIndex((known) => overlap(known, merged));
        if (other < 0) break;
        merged = cover(merged, ...wild.splice(other, 1));
      }
      wild.push(merged);
    }
  }
  return new Set([...wild, ...[...plain].filter((topic) => !wild.some((filter) => matches(filter, topic)))]);
}

function overlap(a: string, b: string): boolean {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let index = 0; ; index += 1) {
    const [x, y] = [left[index], right[index]];
    if (x === '#' || y === '#' || (x === undefined && y === undefined)) return true;
    if (x === undefined || y === undefined || (x !== y && x !== '+' && y !== '+')) return false;
  }
}

/** The narrowest single filter over both. */
function cover(a: string, b = a): string {
  const [left, right] = [a.split('/'), b.split('/')];
  const levels: string[] = [];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [x, y] = [left[index], right[index]];
    if (x === undefined || y === undefined || x === '#' || y === '#') return [...levels, '#'].join('/');
    levels.push(x === y ? x : '+');
  }
  return levels.join('/');
}

/** Does every topic that `narrow` holds lie under `wide` too? */
export function covers(wide: string, narrow: string): boolean {
  if (narrow.startsWith('$') && /^[+#]/.test(wide)) return false;
  const [left, right] = [wide.split('/'), narrow.split('/')];
  for (const [index, level] of left.entries()) {
    if (level === '#') return true;
    const other = right[index];
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
  }
  return left.length === right.length;
}
