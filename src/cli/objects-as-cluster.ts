import { groupOf, type KubeObject, type ObjectReader } from '../admission/index.ts';

/**
 * What is in one input, as if it were all that is in the cluster: objects refer to each other.
 * @param namespace of objects that name none
 */
export function objectsAsCluster(objects: readonly KubeObject[], namespace: string): ObjectReader {
  const byKind = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const key = keyOf(groupOf(object), String(object.kind));
    const known = byKind.get(key);
    if (known === undefined) byKind.set(key, [object]);
    else known.push(object);
  }
  const namespaceOf = (object: KubeObject) => metadataOf(object).namespace ?? namespace;
  return {
    async get({ group, kind, namespace: wanted, name }) {
      // The last one counts, as when they are applied one after the other.
      return byKind
        .get(keyOf(group, kind))
        ?.findLast(
          (object) =>
            metadataOf(object).name === name && (wanted === undefined || namespaceOf(object) === wanted),
        );
    },
    async list(group, kind, wanted) {
      const all = byKind.get(keyOf(group, kind)) ?? [];
      return all.filter((object) => wanted === undefined || namespaceOf(object) === wanted);
    },
  };
}

/** Name and namespace, where they are texts. */
export function metadataOf(object: KubeObject): { name?: string; namespace?: string } {
  const { metadata } = object;
  if (typeof metadata !== 'object' || metadata === null) return {};
  const { name, namespace } = metadata as Record<string, unknown>;
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof namespace === 'string' && namespace !== '' ? { namespace } : {}),
  };
}

function keyOf(group: string, kind: string): string {
  return `${group}/${kind}`;
}
