import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderStore } from '../../src/platform/node/folder-store.ts';

let there: string;
beforeEach(async () => {
  there = await mkdtemp(join(tmpdir(), 'chartseal-store-'));
});
afterEach(() => rm(there, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);

test('keeps bytes by name, in a folder that it makes', async () => {
  const store = folderStore(join(there, 'data', 'sigstore'));
  expect(await store.get('tuf.json')).toBeUndefined();
  await store.set('tuf.json', bytes('one'));
  await store.set('tuf.json', bytes('two'));
  expect(await store.get('tuf.json')).toEqual(bytes('two'));
  expect(await readdir(join(there, 'data', 'sigstore'))).toEqual(['tuf.json']);
});

test('whoever reads while it is written gets one whole version', async () => {
  const store = folderStore(there);
  const versions = Array.from({ length: 20 }, (_, index) => String(index).padStart(4096, '.'));
  await store.set('tuf.json', bytes(versions[0]!));
  const writing = Promise.all(versions.map((version) => store.set('tuf.json', bytes(version))));
  for (let look = 0; look < 50; look++) {
    expect(versions).toContain(await readFile(join(there, 'tuf.json'), 'utf8'));
  }
  await writing;
  expect(await readdir(there)).toEqual(['tuf.json']);
});

test('a folder that cannot be written or read is an error with a code, and leaves nothing behind', async () => {
  await writeFile(join(there, 'file'), '');
  const code = 'tuf.store_unavailable';
  await expect(folderStore(join(there, 'file')).set('a', bytes('a'))).rejects.toMatchObject({ code });
  await expect(folderStore(join(there, 'file', 'x')).get('a')).rejects.toMatchObject({ code });
  await mkdir(join(there, 'taken'));
  await expect(folderStore(there).set('taken', bytes('a'))).rejects.toMatchObject({ code });
  await expect(folderStore(there).get('taken')).rejects.toMatchObject({ code });
  expect((await readdir(there)).sort()).toEqual(['file', 'taken']);
});
