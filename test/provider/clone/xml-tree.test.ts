import fc from 'fast-check';
import { UserError } from '../../../lib/model/user-error';
import { element, parseXml, writeXml } from '../../../lib/provider/clone/xml-tree';

/** All that XML takes; a carriage return and the spaces at the ends of lines are kept as well. */
const text = fc
  .string({ unit: 'binary', minLength: 1 })
  // eslint-disable-next-line no-control-regex
  .filter((one) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(one));

test('hostile text in attributes and elements comes out as it went in', () => {
  fc.assert(
    fc.property(text, text, (attribute, content) => {
      const tree = element('domain', { a: attribute }, [element('part', {}, [content]), element('empty')]);
      expect(parseXml(writeXml(tree))).toEqual(tree);
    }),
  );
});

test('quoted parts are text, and comments are nothing', () => {
  expect(parseXml('<?xml version="1.0"?><a><!-- <!DOCTYPE b> --><![CDATA[<b> &amp;]]></a>')).toEqual(
    element('a', {}, ['<b> &amp;']),
  );
});

test.each([
  ['an entity of its own', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
  ['an entity that is not declared', '<a>&x;</a>'],
  ['an ampersand', '<a b="1 & 2"/>'],
  ['two roots', '<a/><b/>'],
  ['no root', ''],
  ['an open element', '<a><b></a>'],
  ['a control character', '<a>\u0001</a>'],
  ['a reference to one', '<a>&#1;</a>'],
])('%s is refused in words', (_, xml) => {
  expect(() => parseXml(xml)).toThrow(UserError);
});

test('names that JavaScript takes for its own are names', () => {
  const xml = '<a __proto__="x"><__proto__ b="1"/>t<constructor/></a>';
  expect(writeXml(parseXml(xml))).toBe(xml);
});

test('the place of a mistake is told', () => {
  expect(() => parseXml('<a>\n  <b></a>')).toThrow('line 2, column 9: unexpected close tag');
});
