import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { imports, SRC, sources } from './sources.ts';

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
  base: ['node:buffer', 'node:crypto'],
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

  // A type that two files need stands in a third: then each can be read, moved and tested without the other.
  it('hold no two files that import each other, not even by way of others or for a type', async () => {
    const left = new Map<string, string[]>();
    for (const file of await sources()) {
      const targets = (await imports(file)).filter((target) => target.startsWith('.'));
      left.set(
        file,
        targets.map((target) => join(dirname(file), target)),
      );
    }
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      const imported = new Set([...left.values()].flat());
      for (const [file, targets] of left)
        if (!imported.has(file) || !targets.some((target) => left.has(target))) left.delete(file);
    }
    expect([...left.keys()].map((file) => relative(SRC, file)).sort()).toEqual([]);
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
