import type { ObjectRef } from '../../../src/admission/kinds/index.ts';
import type { ObjectReader } from '../../../src/admission/object-reader.ts';
import { readUses } from '../../../src/admission/read-uses.ts';
import { resolveUses } from '../../../src/admission/resolve-uses.ts';
import type { ListTags, ResolvedUse } from '../../../src/admission/resolve-versions.ts';

export const DIGEST = `sha256:${'d'.repeat(64)}`;
export const HOST = 'registry.example.com';

/** Tags on which controllers differ: one with a `v`, one with build metadata, a prerelease, a word. */
export const TAGS = ['1.0.0', '1.2.3', '1.3.0', 'v1.4.0', '2.0.0_b1', '2.1.0-rc.1', 'latest'];

export const listTags: ListTags = async () => TAGS;

export type Json = Record<string, unknown>;

/** An object of Kubernetes. */
export function object(apiVersion: string, kind: string, spec: unknown, more: Json = {}): Json {
  return { apiVersion, kind, metadata: { name: 'it', namespace: 'team' }, spec, ...more };
}

/** A cluster with these objects. */
export function cluster(...objects: Json[]): ObjectReader {
  const meta = (one: Json) => one.metadata as { name: string; namespace?: string };
  const groupOf = (one: Json) => String(one.apiVersion).split('/')[0];
  return {
    get: async (ref: ObjectRef) =>
      objects.find(
        (one) =>
          groupOf(one) === ref.group &&
          one.kind === ref.kind &&
          meta(one).name === ref.name &&
          meta(one).namespace === ref.namespace,
      ),
    list: async (group, kind, namespace) =>
      objects.filter(
        (one) =>
          groupOf(one) === group &&
          one.kind === kind &&
          (namespace === undefined || meta(one).namespace === namespace),
      ),
  };
}

/** What is to be judged for an object, one line a chart. */
export async function outcome(of: unknown, reader?: ObjectReader): Promise<string[]> {
  const read = readUses(of);
  if (read === undefined) return ['not a kind'];
  return (await resolveUses(read.uses, { reader, listTags })).map(show);
}

export function show(use: ResolvedUse): string {
  switch (use.state) {
    case 'oci': {
      const version = use.version === undefined ? '' : ` --version ${use.version}`;
      return `${use.fixed} ${use.reference}${version}`
        .replace(`oci://${HOST}/`, '')
        .replace(DIGEST, 'DIGEST');
    }
    case 'not-oci':
      return `not-oci ${use.source}`;
    case 'unresolved':
      return `unresolved ${use.reason}`;
    case 'failed':
      return `failed ${(use.error as { code?: string }).code ?? use.error}`;
  }
}
