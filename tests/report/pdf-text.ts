import { inflateSync } from 'node:zlib';

/** The text of a PDF as a reader would copy it, by an own small reading of the file: streams, fonts, their maps to Unicode. */
export function pdfText(file: Uint8Array): string {
  return pdfPages(file).join('');
}

export function pdfPages(file: Uint8Array): string[] {
  const raw = Buffer.from(file).toString('latin1');
  const objects = new Map<string, { head: string; stream: string | null }>();
  for (const [, id = '', body = ''] of raw.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [head = '', data] = body.split(/\nstream\n/);
    const bytes = data === undefined ? null : Buffer.from(data.replace(/\nendstream$/, ''), 'latin1');
    const packed = head.includes('/FlateDecode');
    objects.set(id, { head, stream: bytes && (packed ? inflateSync(bytes) : bytes).toString('latin1') });
  }
  const letters = new Map<string, Map<string, string>>();
  const all = [...objects.values()];
  for (const { head } of all)
    for (const [, name = '', id = ''] of head.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      const map = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id)?.head ?? '')?.[1];
      if (map) letters.set(name, toUnicode(objects.get(map)?.stream ?? ''));
    }
  return all.flatMap(({ stream }) => (stream?.includes(' TJ') ? [textOf(stream, letters)] : []));
}

function toUnicode(map: string): Map<string, string> {
  const letters = new Map<string, string>();
  for (const [, from = '0', list = ''] of map.matchAll(/<([\da-f]+)> <[\da-f]+> \[([^\]]*)\]/gi))
    for (const [index, [, hex = '']] of [...list.matchAll(/<([^>]*)>/g)].entries()) {
      const units = hex.replaceAll(' ', '').match(/.{4}/g) ?? [];
      const code = (Number.parseInt(from, 16) + index).toString(16).padStart(4, '0');
      letters.set(code, String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16))));
    }
  return letters;
}

function textOf(stream: string, letters: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  let font: ReadonlyMap<string, string> = new Map();
  let text = '';
  for (const [, name, list] of stream.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
    if (name !== undefined) font = letters.get(name) ?? new Map();
    for (const [, hex = ''] of (list ?? '').matchAll(/<([\da-f]*)>/gi))
      text += (hex.match(/.{4}/g) ?? []).map((code) => font.get(code.toLowerCase()) ?? '\ufffd').join('');
  }
  return text;
}
