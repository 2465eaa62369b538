import { expect, test } from 'vitest';
import { parseXml } from '../../adapters/carbon/xml.ts';

test('elements, text, entities, CDATA, comments, instructions and attributes are read', () => {
  expect(
    parseXml(
      '\uFEFF<?xml version="1.0"?>\n<!-- made <b> -->\n<ns:a xmlns:ns="urn:x" c=\'1\'><b.c-d> &lt;&amp;&#233;&#xe9; <![CDATA[<x>]]> </b.c-d><e/></ns:a>\n',
    ),
  ).toEqual({
    name: 'a',
    text: '',
    children: [
      { name: 'b.c-d', text: '<&éé <x>', children: [] },
      { name: 'e', text: '', children: [] },
    ],
  });
});

test.each([
  ['cut off in an element', '<a><b>1</b>'],
  ['cut off in a tag', '<a><b>1</b></a'],
  ['cut off in a comment', '<a/><!-- '],
  ['empty', ''],
  ['no XML', '{"a":1}'],
  ['with a DTD', '<!DOCTYPE a [<!ENTITY x "xxx">]><a>&x;</a>'],
  ['with an unknown entity', '<a>&x;</a>'],
  ['with a bare ampersand', '<a>1 & 2</a>'],
  ['with an impossible character', '<a>&#x110000;</a>'],
  ['with crossed elements', '<a><b></a></b>'],
  ['with an element closed twice', '<a></a></a>'],
  ['of two documents', '<a/><b/>'],
  ['with text around it', '<a/>x'],
  ['with an attribute without quotes', '<a b=1/>'],
  ['with an attribute without value', '<a b/>'],
  ['with a name that is none', '<1a/>'],
  ['with a closing tag that has attributes', '<a></a b="1">'],
  ['too deep', '<a>'.repeat(40) + '</a>'.repeat(40)],
])('a document that is %s is refused', (_, document) => {
  expect(() => parseXml(document)).toThrow(SyntaxError);
});
