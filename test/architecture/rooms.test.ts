import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

// From the ground up. A room imports only from rooms on floors below its own; within a floor nobody imports anybody.
// docs/decisions/0001 says why there are rooms that the design did not name.
const FLOORS: string[][] = [
  ['base'],
  ['oci', 'chart', 'vault'],
  ['provenance', 'sigstore', 'policy', 'report', 'memory-registry', 'state'],
  ['config', 'subject'],
  ['verification'],
  ['verify.ts', 'verify-files.ts'],
  ['verifier.ts', 'tag-lister.ts'],
  ['signing'],
  ['sign.ts'],
  ['admission'],
  ['http'],
  ['platform', 'service.ts'],
  ['node.ts', 'worker.ts'],
  ['demo'],
  ['cli'],
  ['cli.ts'],
];
// The service is put together of the application and of what the platform keeps; both runtimes need both.
const ALSO: Record<string, string[]> = { 'service.ts': ['platform'] };

/** Packages that a room may use; a runtime's own modules and others are for the platform and the entry points. */
const PACKAGES: Record<string, string[]> = {
  base: ['node:crypto'],
  oci: ['semver/classes/semver.js', 'node:crypto'],
  chart: ['js-yaml', 'tar/parse', 'tar/read-entry', 'node:buffer', 'node:crypto', 'node:zlib'],
  vault: [],
  'memory-registry': [],
  provenance: ['openpgp'],
  sigstore: [
    '@sigstore/bundle',
    '@sigstore/core',
    '@sigstore/protobuf-specs',
    '@sigstore/verify',
    '@noble/',
    '@tufjs/models',
    'node:buffer',
    'node:crypto',
  ],
  policy: [],
  report: [],
  state: [],
  config: ['zod', 'js-yaml'],
  subject: [],
  verification: [],
  'verify.ts': [],
  'verify-files.ts': [],
  'verifier.ts': [],
  'tag-lister.ts': [],
  admission: ['zod'],
  signing: [],
  'sign.ts': [],
  http: ['hono', 'zod', '@fastify/busboy', 'jose'],
  'service.ts': [],
  'worker.ts': ['#worker-config'],
};

const room = (file: string) => relative(SRC, file).split('/')[0] ?? '';
const floor = (name: string) => FLOORS.findIndex((rooms) => rooms.includes(name));

async function sources(): Promise<string[]> {
  const entries = await readdir(SRC, { recursive: true });
  return entries
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(SRC, name));
}

async function imports(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8');
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import '([^']+)'/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

describe('the rooms of the house', () => {
  it('all stand on a floor', async () => {
    const rooms = new Set((await sources()).map(room));
    expect([...rooms].filter((name) => floor(name) === -1)).toEqual([]);
  });

  it('import only from floors below', async () => {
    const wrong: string[] = [];
    for (const file of await sources()) {
      for (const target of await imports(file)) {
        if (!target.startsWith('.')) continue;
        const from = room(file);
        const to = room(join(dirname(file), target));
        const allowed = from === to || floor(to) < floor(from) || ALSO[from]?.includes(to);
        if (!allowed) wrong.push(`${relative(SRC, file)} imports ${to}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('use only their packages, so that the same source runs at the edge', async () => {
    const wrong: string[] = [];
    for (const file of await sources()) {
      const allowed = PACKAGES[room(file)];
      if (allowed === undefined) continue;
      for (const target of await imports(file)) {
        if (
          !target.startsWith('.') &&
          !allowed.some((name) => target === name || (name.endsWith('/') && target.startsWith(name)))
        )
          wrong.push(`${relative(SRC, file)} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('read no globals of a runtime outside the platform and the entry points', async () => {
    const free = new Set(['platform', 'node.ts', 'worker.ts', 'cli', 'cli.ts', 'demo']);
    const wrong: string[] = [];
    for (const file of await sources()) {
      if (free.has(room(file))) continue;
      const code = (await readFile(file, 'utf8')).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      for (const global of code.match(
        /\bprocess\.\w+|\bDate\.now\b|\bnew Date\(\)|\bglobalThis\.fetch\b|\bMath\.random\(\)/g,
      ) ?? []) {
        wrong.push(`${relative(SRC, file)} reads ${global}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
