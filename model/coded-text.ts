/**
 * Words for people. Whoever shows them says them in its own language, by the code and the data; `text` is the same in
 * English, for programs that know no better.
 */
export interface CodedText {
  code: string;
  text: string;
  data?: Words;
}

/** What is filled into the words: names, numbers with the unit that the code stands for, what others said. */
export type Words = Readonly<Record<string, string | number>>;

/** Puts the data into the holes: `{name} draws {watts} W`. */
export function fill(template: string, data: Words): string {
  return template.replace(/\{(\w+)\}/g, (_, hole: string) => String(data[hole] ?? ''));
}
