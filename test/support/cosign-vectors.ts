import { createHash, createPublicKey } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustedRoot as TrustedRootFile } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';
import type { LocatedSignature, SigstoreKey, TrustedRoot } from '../../src/sigstore/index.ts';

/** One line of `vectors/cosign/expected.tsv`: what real cosign 3.1.3 said. */
export interface CosignLine {
  case: string;
  verify: string;
  /** The arguments after `cosign verify`, without the reference. */
  args: string[];
  cosign: 'accept' | 'refuse';
  /** Its first line on stderr without "Error: "; empty when it accepts. */
  error: string;
}

/** Milliseconds since the epoch at which the certificates of the vectors were valid. */
export const SIGNED_AROUND = Date.parse('2026-11-23T10:10:00Z');

export function readCosignLines(dir: string): CosignLine[] {
  const [, ...lines] = readFileSync(join(dir, 'cosign', 'expected.tsv'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => {
    const [name = '', verify = '', , verdict, , , error = ''] = line.split('\t');
    const { args } = readCase(dir, name).verifies.find((one) => one.id === verify)!;
    return {
      case: name,
      verify,
      args,
      cosign: verdict as CosignLine['cosign'],
      error: error.replace(/^Error: /, '').trim(),
    };
  });
}

interface CosignCase {
  digest: string;
  verifies: { id: string; args: string[] }[];
}

export function readCase(dir: string, name: string): CosignCase {
  return JSON.parse(readFileSync(join(dir, 'cosign', name, 'case.json'), 'utf8'));
}

/** What discovery finds of a case, as the recorded manifests say. */
export function readItems(dir: string, name: string): LocatedSignature[] {
  const folder = join(dir, 'cosign', name);
  const files = readdirSync(folder);
  const items: LocatedSignature[] = [];
  for (const file of files.filter((one) => /^referrer.*\.json$/.test(one)).sort()) {
    const manifest = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const bytes = readFileSync(join(folder, file.replace('referrer', 'bundle')));
    const isBundle = manifest.layers[0].mediaType.startsWith('application/vnd.dev.sigstore.bundle');
    items.push({
      source: { kind: 'referrer', digest: digestOf(bytes) },
      fetched: {
        ok: true,
        value: {
          format: isBundle ? 'bundle' : 'simple-signing',
          bytes,
          annotations: manifest.layers[0].annotations ?? {},
        },
      },
    });
  }
  for (const [kind, format] of [
    ['sig', 'simple-signing'],
    ['att', 'dsse'],
  ] as const) {
    if (!existsSync(join(folder, `${kind}.manifest.json`))) continue;
    const manifest = JSON.parse(readFileSync(join(folder, `${kind}.manifest.json`), 'utf8'));
    manifest.layers.forEach((layer: { annotations?: Record<string, string> }, index: number) => {
      const bytes = readFileSync(join(folder, `${kind}.layer-${index}.bin`));
      items.push({
        source: { kind: 'tag', digest: digestOf(bytes) },
        fetched: { ok: true, value: { format, bytes, annotations: layer.annotations ?? {} } },
      });
    });
  }
  return items;
}

/** A public key of a file, without the checks of the reader. */
export function keyOfFile(path: string): SigstoreKey {
  const keyObject = createPublicKey(readFileSync(path));
  const spki = keyObject.export({ type: 'spki', format: 'der' });
  const hash = createHash('sha256').update(spki).digest();
  return {
    spki,
    fingerprint: hash.toString('hex').toUpperCase(),
    hint: hash.toString('base64'),
    algorithm: keyObject.asymmetricKeyType ?? '',
    keyObject,
  };
}

/** A trusted root of a file, without the checks of the reader. */
export function rootOfFile(path: string): TrustedRoot {
  const bytes = readFileSync(path);
  const material = toTrustMaterial(TrustedRootFile.fromJSON(JSON.parse(bytes.toString('utf8'))));
  return { digest: digestOf(bytes), material };
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
