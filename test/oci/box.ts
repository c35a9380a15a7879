import {
  createMemoryRegistry,
  createRegistryNetwork,
  HELM_TYPES,
  type MemoryRegistry,
} from '../../src/memory-registry/index.ts';
import type { ClientOptions, Digest } from '../../src/oci/index.ts';
import { createRegistryClient, fallbackTag } from '../../src/oci/index.ts';
import { digestOf, NOW, REF } from './support.ts';

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 };

/** A client over a memory registry that has one chart and the empty blob; sleeps take no time and are recorded. */
export async function boxed(options: Partial<ClientOptions> = {}) {
  const registry = createMemoryRegistry({ host: REF.host, clock: () => NOW });
  const slept: number[] = [];
  const client = createRegistryClient({
    fetch: createRegistryNetwork({ [REF.host]: registry, 'auth.example.com': registry }),
    clock: () => NOW,
    registries: [{ host: REF.host }],
    sleep: async (ms) => void slept.push(ms),
    random: () => 0.5,
    ...options,
  });
  const chart = await registry.pushChart(REF.repository, '1.2.3', { archive: new Uint8Array([1, 2, 3]) });
  await registry.putBlob(REF.repository, text('{}'));
  const push = client.session({ action: 'push' });
  return { registry, client, chart, push, pull: client.session(), slept };
}

/** A further client of a registry, whose waits give others their turn and differ by `seed`. */
export function clientFor(registry: MemoryRegistry, seed: number) {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const network = createRegistryNetwork({ [REF.host]: registry });
  const client = createRegistryClient({
    fetch: async (input, init) => {
      for (let i = 0; i <= seed % 3; i++) await turn();
      return await network(input, init);
    },
    clock: () => NOW,
    registries: [{ host: REF.host }],
    // A turn stands for 10 ms.
    sleep: async (ms) => {
      for (let i = 0; i < ms / 10; i++) await turn();
    },
    random: () => (seed % 10) / 10,
    limits: { requests: 1000 },
  });
  return { client };
}

export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

/** A manifest that refers to the subject, and its digest. `name` tells several apart. */
export function referrer(subject: Digest, name = 'one') {
  const manifest = {
    schemaVersion: 2,
    mediaType: HELM_TYPES.manifest,
    artifactType: 'application/vnd.example.signature',
    config: EMPTY,
    layers: [],
    subject: { mediaType: HELM_TYPES.manifest, digest: subject, size: 1 },
    annotations: { name },
  };
  const bytes = text(JSON.stringify(manifest));
  return { bytes, digest: digestOf(bytes), type: HELM_TYPES.manifest };
}

/** The entries of the fallback index, as stored. */
export function fallbackEntries(registry: MemoryRegistry, subject: Digest): Record<string, unknown>[] {
  const stored = registry.getManifest(REF.repository, fallbackTag(subject));
  return stored === undefined ? [] : JSON.parse(new TextDecoder().decode(stored.bytes)).manifests;
}

/** Lines `METHOD path` of what was asked. */
export function asked(registry: MemoryRegistry): string[] {
  return registry.requests.map((one) => `${one.method} ${one.path}`);
}
