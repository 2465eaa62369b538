/** Payloads of every kind that a broker may carry, from real messages and from nothing. */

const DEEP = 50_000;
const MEBIBYTE = 1024 * 1024;
const VALUES: readonly unknown[] = [
  null,
  true,
  -0,
  -1,
  0.1,
  1e308,
  -1e308,
  5e9,
  1e-320,
  2 ** 53,
  '',
  '12',
  'ON',
  'NaN',
  'a\nb,c=d "e"',
  [],
  {},
  [[1]],
  [null, 'OFF'],
  { total: '1' },
  { tC: [] },
];
const TEXTS = [
  '',
  'null',
  'NaN',
  'Infinity',
  '-',
  '1e999',
  '1e308',
  '0x10',
  '1,5',
  ' 5',
  '5\n',
  'ON\n',
  'true ',
  '[]',
  '"text"',
  '{"__proto__":{"POWER":"ON","apower":7,"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}},"apower":1e999}',
  '{"apower":NaN}',
  '{"power":1e400,"state":"ON","ENERGY":{"Power":1e400}}',
  '{"output":"true","apower":"5"}',
  '{"src":"a\\nb,c","method":"NotifyStatus","params":{"switch:0":{"apower":66}}}',
];

export type Random = () => number;

/** @param samples messages as they should be on this topic @param all messages as they are on others */
export function payload(random: Random, samples: readonly string[], all: readonly string[]): Buffer {
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(random() * list.length)] as Value;
  const below = (limit: number) => Math.floor(random() * limit);
  const sample = pick(samples);
  const dice = random();
  if (dice < 0.25) return Buffer.from(withOtherNumbers(sample, random));
  if (dice < 0.45) return Buffer.from(withOtherValue(sample, random, pick));
  if (dice < 0.6) return mutated(Buffer.from(sample), below);
  if (dice < 0.7) return Buffer.from(sample.slice(0, below(sample.length)));
  if (dice < 0.8) return Buffer.from(pick(TEXTS));
  if (dice < 0.9) return Buffer.from(pick(all));
  if (dice < 0.99) return Buffer.from(Array.from({ length: below(200) }, () => below(256)));
  if (dice < 0.9985) return Buffer.from(nested(sample, random, pick));
  return Buffer.alloc(MEBIBYTE, pick(['x', '[', '{"a":', '1', '\n', sample || ' ']));
}

/** A right message with other numbers. */
function withOtherNumbers(sample: string, random: Random): string {
  return sample.replaceAll(/(?<=[:[]|^)-?\d+(\.\d+)?(?=[,}\]]|$)/g, (number) =>
    random() < 0.5 ? number : String(Math.round((random() - 0.1) * 1e6) / 1000),
  );
}

/** The right shape with one value of another kind. */
function withOtherValue(sample: string, random: Random, pick: <V>(list: readonly V[]) => V): string {
  const value = parsed(sample);
  if (typeof value !== 'object' || value === null) return String(pick(VALUES));
  let parent = value as Record<string, unknown>;
  let key = pick(Object.keys(parent));
  while (random() < 0.8) {
    const next = parent[key];
    if (typeof next !== 'object' || next === null || Object.keys(next).length === 0) break;
    parent = next as Record<string, unknown>;
    key = pick(Object.keys(parent));
  }
  if (random() < 0.15) delete parent[key];
  else parent[key] = pick(VALUES);
  return JSON.stringify(value);
}

/** A value somewhere in it is nested deeper than any call stack. */
function nested(sample: string, random: Random, pick: <V>(list: readonly V[]) => V): string {
  const [open, close] = pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  const deep = `${open.repeat(DEEP)}1${random() < 0.8 ? close.repeat(DEEP) : ''}`;
  const numbers = [...sample.matchAll(/(?<=":)-?\d+(\.\d+)?|(?<=":)"[^"]*"/g)];
  const place = numbers.length === 0 ? undefined : pick(numbers);
  if (!place) return deep;
  return sample.slice(0, place.index) + deep + sample.slice(place.index + place[0].length);
}

/** Some bytes changed, lost or added. */
function mutated(bytes: Buffer, below: (limit: number) => number): Buffer {
  const list = [...bytes];
  for (let times = 1 + below(4); times > 0; times -= 1)
    list.splice(below(list.length + 1), below(2), ...(below(2) ? [below(256)] : []));
  return Buffer.from(list);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
