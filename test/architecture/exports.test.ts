import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { imports, SRC, sources } from './sources.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const TAKEN_OTHERWISE: Record<string, string> = {
  'worker.ts LockObject': 'the runtime makes the durable object',
  'config/schema/policy-schema.ts RequirementText': 'the inferred type of the whole schema names it',
};

const DECLARED =
  /^export (?:async |abstract )?(?:function|const|class|interface|type) (\w+)|^export (?:type )?\{([^}]*)\}/gm;

function exportsOf(text: string): string[] {
  return [...text.matchAll(DECLARED)].flatMap(([, name, list]) =>
    name === undefined ? (list ?? '').split(',').map(nameOf).filter(Boolean) : [name],
  );
}

// `type Name`, `name as other`
function nameOf(text: string): string {
  return text.trim().split(' ').at(-1) ?? '';
}

async function users(): Promise<string[]> {
  const folders = ['test', 'bench', 'scripts'].map(async (folder) =>
    (await readdir(join(ROOT, folder), { recursive: true }))
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => join(ROOT, folder, name)),
  );
  return [...(await sources()), ...(await Promise.all(folders)).flat()];
}

// What a file offers is what others take of it; a name that nobody takes is read, kept and tested for nothing.
test('whatever a file exports, another takes', async () => {
  const words = new Map<string, Set<string>>();
  const add = (path: string, used: Iterable<string>) =>
    words.set(path, new Set([...(words.get(path) ?? []), ...used]));
  const whole: { by: string; path: string }[] = [];
  for (const file of await users()) {
    const text = await readFile(file, 'utf8');
    const used = new Set(text.match(/\w+/g));
    for (const target of await imports(file)) {
      const path = join(dirname(file), target);
      if (text.includes(`export * from '${target}'`)) whole.push({ by: file, path });
      else add(path, used);
    }
  }
  for (const { by, path } of whole) add(path, words.get(by) ?? []);
  const idle: string[] = [];
  for (const file of await sources()) {
    for (const name of exportsOf(await readFile(file, 'utf8'))) {
      const key = `${relative(SRC, file)} ${name}`;
      if (!words.get(file)?.has(name) && TAKEN_OTHERWISE[key] === undefined) idle.push(key);
    }
  }
  expect(idle).toEqual([]);
});
