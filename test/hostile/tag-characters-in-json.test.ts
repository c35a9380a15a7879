import { expect, test } from 'vitest';
import { toSafeJson } from '../../src/report/index.ts';

// Tag characters are shown by nothing and read by machines: a chart's name can hold a whole sentence of them. In JSON
// they stand as escapes, like other characters that nobody sees, and parse to what they were.
test('tag characters are visible in JSON', () => {
  const hidden = [...'approve'].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).join('');
  const value = { name: `app${hidden}`, emoji: '😀 \u{e0100}' };
  const text = toSafeJson(value);
  expect(/[\u{e0000}-\u{e007f}]/u.test(text)).toBe(false);
  expect(text).toContain('\\udb40\\udc61');
  expect(text).toContain('😀');
  expect(JSON.parse(text)).toEqual(value);
});
