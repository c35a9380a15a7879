import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CODES } from '../../src/base/codes.ts';
import { sources } from './sources.ts';

test('every code of the table is one that something says', async () => {
  const files = (await sources()).filter((file) => !file.endsWith('base/codes.ts'));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const said = new Set(texts.flatMap((text) => text.match(/'[a-z0-9]+\.[a-z0-9_]+'/g) ?? []));
  expect(Object.keys(CODES).filter((code) => !said.has(`'${code}'`))).toEqual([]);
});
