/** An element of an XML document: enough for data, nothing of documents for people. */
export interface XmlElement {
  /** Without its namespace prefix. */
  name: string;
  children: XmlElement[];
  /** Its own text, without the blanks around it. */
  text: string;
}

const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([^\s/>]+)((?:\s[^<>]*?)?)(\/?)>|([^<]+)/y;
const ATTRIBUTES = /^(\s+[^\s=<>"'/]+\s*=\s*("[^"<]*"|'[^'<]*'))*\s*$/;
const NAME = /^([A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*$/;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const MAX_DEPTH = 32;

/**
 * Reads a whole XML document; attributes are checked and left out. Strict: what is not well-formed, is cut off or has
 * a DTD (whose entities could grow without bounds) is refused.
 * @throws SyntaxError that says where
 */
export function parseXml(document: string): XmlElement {
  const root: XmlElement = { name: '', children: [], text: '' };
  const open = [root];
  const fail = (what: string, at: number) => new SyntaxError(`${what} at character ${at}`);
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(document);
    if (!match) throw fail('what is no XML, or a DTD', at);
    const [, literal, closing, tag, attributes, empty, text] = match;
    const here = open.at(-1) ?? root;
    if (literal !== undefined) here.text += literal;
    else if (text !== undefined) here.text += decoded(text, () => fail('an unknown entity', at));
    else if (tag !== undefined) {
      if (!NAME.test(tag) || !ATTRIBUTES.test(attributes ?? '')) throw fail(`a malformed tag ${tag.slice(0, 40)}`, at);
      const name = tag.slice(tag.indexOf(':') + 1);
      if (closing) {
        if (here === root || here.name !== name || attributes?.trim() || empty)
          throw fail(`</${tag}> that closes nothing`, at);
        here.text = here.text.trim();
        open.pop();
      } else {
        if (here === root && root.children.length > 0) throw fail('a second document', at);
        if (open.length > MAX_DEPTH) throw fail('too many levels', at);
        const element: XmlElement = { name, children: [], text: '' };
        here.children.push(element);
        if (!empty) open.push(element);
      }
    }
  }
  const [document_] = root.children;
  if (open.length > 1) throw fail(`<${open.at(-1)?.name}> is never closed: the document is cut off`, document.length);
  if (!document_ || root.text.replace(/^\uFEFF/, '').trim() !== '') throw fail('text outside the document', 0);
  return document_;
}

function decoded(text: string, unknown: () => Error): string {
  return text.replace(/&([^;&]{1,10});|&/g, (whole, name?: string) => {
    const code = name?.match(/^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i);
    const point = code ? (code[1] ? Number.parseInt(code[1], 16) : Number(code[2])) : Number.NaN;
    const character = point <= 0x10ffff ? String.fromCodePoint(point) : ENTITIES[name ?? ''];
    if (character === undefined || whole === '&') throw unknown();
    return character;
  });
}
