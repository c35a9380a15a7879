import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['docs', 'keys', 'test', 'deploy', 'bench'];

// Of `keys/` examples name files that a reader has; the changelog speaks of what was.
const NAMED = /(?<![\w/.:-])(?:src|test|docs|bench|scripts|deploy|schema|migrations|\.ci)\/[\w./<>-]*/g;
const LINKED = /\]\((?![a-z]+:)([^)#\s]+)/g;

async function pages(): Promise<string[]> {
  const inFolders = FOLDERS.map(async (folder) =>
    (await readdir(join(ROOT, folder), { recursive: true })).map((name) => join(folder, name)),
  );
  const all = [...(await readdir(ROOT)), ...(await Promise.all(inFolders)).flat()];
  return all.filter((name) => /^(?!.*node_modules).*\.md$/.test(name) && name !== 'CHANGELOG.md');
}

test.each(await pages())('%s names only files that are there', async (page) => {
  const text = await readFile(join(ROOT, page), 'utf8');
  const named = (text.match(NAMED) ?? []).filter((path) => !path.includes('<'));
  const linked = [...text.matchAll(LINKED)].map(([, path = '']) => join(dirname(page), path));
  const wanted = [...named, ...linked].map((path) => path.replace(/\.$/, ''));
  expect(wanted.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
