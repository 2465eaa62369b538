/** Text that may stand in a page as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = string | number | Markup | null | readonly (string | number | Markup | null)[];

/** A piece of HTML or SVG. Whatever is put into it is escaped, unless it is made by this function itself. */
export function html(pieces: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const texts = values.map((value) => [value].flat().map(shown).join(''));
  return new Markup(pieces.map((piece, index) => piece + (texts[index] ?? '')).join(''));
}

function shown(value: string | number | Markup | null): string {
  if (value === null) return '';
  if (value instanceof Markup) return value.text;
  return String(value).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
