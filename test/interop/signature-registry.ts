import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Signatures of one digest as a registry with the referrers API holds them. */
export interface StoredSignatures {
  /** `sha256:…` of what is signed; nothing asks for it itself when it is named by digest. */
  digest: string;
  bundles?: Uint8Array[];
  /** Layers of the manifest under the `.sig` tag. */
  layers?: { bytes: Uint8Array; annotations: Record<string, string> }[];
}

export interface SignatureRegistry {
  /** Puts them into a repository of their own and gives its reference by digest. */
  store(signatures: StoredSignatures): string;
  close(): void;
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const EMPTY = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  size: 2,
  digest: digestOf(Buffer.from('{}')),
};

/** A registry that knows nothing but signatures, so that any bytes can be put before real cosign. */
export async function startSignatureRegistry(): Promise<SignatureRegistry> {
  const objects = new Map<string, { type: string; bytes: Uint8Array }>();
  const server = createServer((request, response) => {
    const found = objects.get(request.url ?? '');
    response.writeHead(found ? 200 : request.url === '/v2/' ? 200 : 404, {
      'content-type': found?.type ?? 'application/json',
      ...(found ? { 'docker-content-digest': digestOf(found.bytes) } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : (found?.bytes ?? '{"errors":[]}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let count = 0;

  return {
    store({ digest, bundles = [], layers }) {
      const repository = `c${++count}`;
      const put = (path: string, type: string, bytes: Uint8Array) =>
        objects.set(`/v2/${repository}/${path}`, { type, bytes });
      const blob = (bytes: Uint8Array) => {
        put(`blobs/${digestOf(bytes)}`, 'application/octet-stream', bytes);
        return { digest: digestOf(bytes), size: bytes.length };
      };
      blob(Buffer.from('{}'));
      const entries = bundles.map((bytes) => {
        const manifest = json({
          schemaVersion: 2,
          mediaType: OCI_MANIFEST,
          artifactType: BUNDLE,
          config: EMPTY,
          layers: [{ mediaType: BUNDLE, ...blob(bytes) }],
          subject: { mediaType: OCI_MANIFEST, digest, size: 1 },
        });
        put(`manifests/${digestOf(manifest)}`, OCI_MANIFEST, manifest);
        return { mediaType: OCI_MANIFEST, digest: digestOf(manifest), size: manifest.length };
      });
      const index = json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries });
      put(`referrers/${digest}`, OCI_INDEX, index);
      if (layers !== undefined) {
        const manifest = json({
          schemaVersion: 2,
          mediaType: OCI_MANIFEST,
          config: { ...EMPTY, mediaType: 'application/vnd.oci.image.config.v1+json' },
          layers: layers.map(({ bytes, annotations }) => ({
            mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
            ...blob(bytes),
            annotations,
          })),
        });
        put(`manifests/${digest.replace(':', '-')}.sig`, OCI_MANIFEST, manifest);
      }
      return `127.0.0.1:${port}/${repository}@${digest}`;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
