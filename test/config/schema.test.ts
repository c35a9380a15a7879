import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { configJsonSchema, parseConfig } from '../../src/config/index.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';
import { signingConfigJson } from '../support/sigstore-services/index.ts';
import { readFixture, SECRETS, signerOf, sigstoreSignerOf } from './support.ts';

test('schema/chartseal.schema.json is current (npm run schema)', async () => {
  const file = await readFile(new URL('../../schema/chartseal.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
});

test('the schema describes every field to whoever edits', () => {
  const undescribed: string[] = [];
  walk(configJsonSchema(), '');
  expect(undescribed).toEqual([]);

  function walk(node: unknown, path: string): void {
    if (node === null || typeof node !== 'object') return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') {
        for (const [name, field] of Object.entries(value as Record<string, { description?: string }>)) {
          if (field.description === undefined) undescribed.push(`${path}/${name}`);
        }
      }
      walk(value, `${path}/${key}`);
    }
  }
});

test('the schema judges shapes as the program does', async () => {
  const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(configJsonSchema())));
  const example = load(
    await readFile(new URL('../../docs/examples/chartseal.yaml', import.meta.url), 'utf8'),
  ) as Record<string, unknown>;
  expect(schema.safeParse(example).success).toBe(true);
  expect(schema.safeParse({ ...example, polices: [] }).success).toBe(false);
  const policies = (require: unknown): object => ({
    ...example,
    policies: [{ name: 'p', match: ['**'], require }],
  });
  expect(schema.safeParse(policies({ atLeast: { count: 2, of: ['a', { anyOf: ['b'] }] } })).success).toBe(
    true,
  );
  expect(schema.safeParse(policies({ anyOf: ['a', { anyOff: ['b'] }] })).success).toBe(false);
  expect(schema.safeParse(policies({ anyOf: [] })).success).toBe(false);
});

test('docs/examples/chartseal.yaml is a good configuration', async () => {
  const folder = new URL('../../docs/examples/', import.meta.url);
  const text = await readFile(new URL('chartseal.yaml', folder), 'utf8');
  const modeline = /^# yaml-language-server: \$schema=(.+)$/m.exec(text)?.[1] ?? '';
  await expect(readFile(new URL(modeline, folder))).resolves.toBeDefined();

  const keys: Record<string, string> = {
    'keys/release-team.asc': 'keys/release.asc',
    'keys/auditors.gpg': 'keys/stranger.gpg',
    'keys/vault.asc': 'keys/release.asc',
    'keys/release-2024.asc': 'keys/expired.asc',
  };
  const sigstore = new Map([
    ['keys/sigstore/signing_config.json', Promise.resolve(signingConfigJson(['fulcio', 'rekor2', 'tsa']))],
    ['keys/sigstore/root.json', Promise.resolve(createFakeSigstore().trustedRoot())],
  ]);
  const config = await parseConfig({
    text,
    path: 'chartseal.yaml',
    readFile: (path) => sigstore.get(path) ?? readFixture(keys[path] ?? path),
    secret: (name) => SECRETS[name] ?? `secret-${name}`,
    readSigner: async () => signerOf('release'),
    readSigstoreSigner: async ({ kind }) => sigstoreSignerOf(kind === 'keyless' ? 'keyless' : 'key'),
  });
  expect([...config.signing.keys()]).toEqual(['release', 'vault', 'cosign', 'keyless']);
  expect(config.policies.map(({ name }) => name)).toEqual(['production', 'mirror', 'default']);
});
