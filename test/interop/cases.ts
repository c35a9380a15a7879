import { join } from 'node:path';
import { forged } from './forged.ts';
import { DEMO, type Helm } from './helm.ts';
import type { KeyringName } from './keyrings.ts';
import {
  copy,
  getManifest,
  OCI_INDEX,
  OCI_MANIFEST,
  PROVENANCE_LAYER,
  putBlob,
  putManifest,
  type RawManifest,
} from './raw.ts';
import type { HelmVersion } from './tools.ts';

/** What one reference is, what chartseal shall say of it, and what the real Helm said when this was written. */
export interface ClientCase {
  name: string;
  /** Below `oci://HOST/`; `@{digest}` is replaced by the digest of `charts/app:1.2.3`. */
  reference: string;
  version?: string;
  keyring: KeyringName;
  /** The exit status of `chartseal verify`. */
  exit: 0 | 1 | 2 | 3;
  /** The chart is refused before its provenance is fetched, so the report may predict nothing. */
  unpredicted?: true;
  /** A code that must be among the report's reasons. */
  code?: string;
  /** Accepted, or words of the refusal; by version where they differ. */
  helm: Accepts | Record<HelmVersion, Accepts>;
}

type Accepts = true | RegExp;

const unknown = /^openpgp: signature made by unknown entity$/;
const noProvenance = /^failed to fetch provenance "oci:\/\/.+\.prov"$/;
const noSum = (file: string) => new RegExp(`^provenance does not contain a SHA for a file named "${file}"$`);

export const CLIENT_CASES: readonly ClientCase[] = [
  { name: 'good', reference: 'charts/app:1.2.3', keyring: 'release', exit: 0, helm: true },
  {
    name: 'good, --version',
    reference: 'charts/app',
    version: '1.2.3',
    keyring: 'release',
    exit: 0,
    helm: true,
  },
  {
    name: 'tag and the same --version',
    reference: 'charts/app:1.2.3',
    version: '1.2.3',
    keyring: 'release',
    exit: 0,
    helm: true,
  },
  {
    name: 'signed by Helm 3.21.3',
    reference: 'helm3/app:1.2.3',
    keyring: 'release',
    exit: 0,
    helm: true,
  },
  {
    name: 'dependency and subchart',
    reference: 'charts/umbrella:0.3.0',
    keyring: 'release',
    exit: 0,
    helm: true,
  },
  { name: 'v1 chart', reference: 'charts/legacy:0.1.0', keyring: 'release', exit: 0, helm: true },
  { name: 'highest of the tags', reference: 'range/app', keyring: 'release', exit: 0, helm: true },
  {
    name: 'range',
    reference: 'range/app',
    version: '>=1.0.0, <1.2.0',
    keyring: 'release',
    exit: 0,
    helm: true,
  },
  { name: 'unsigned', reference: 'unsigned/app:1.2.3', keyring: 'release', exit: 1, helm: noProvenance },
  { name: "stranger's", reference: 'stranger/app:1.2.3', keyring: 'release', exit: 1, helm: unknown },
  {
    name: 'tampered',
    reference: 'tampered/app:1.2.3',
    keyring: 'release',
    exit: 1,
    code: 'pgp.digest_mismatch',
    helm: /^sha256 sum does not match for app-1\.2\.3\.tgz: "sha256:[0-9a-f]{64}" != "sha256:[0-9a-f]{64}"$/,
  },
  {
    name: 'key expired since',
    reference: 'expired/app:1.2.3',
    keyring: 'expired',
    exit: 0,
    helm: { '3.21.3': true, '3.21.4': /^openpgp: key expired$/, '4.2.4': /^openpgp: key expired$/ },
  },
  {
    name: 'Ed25519 key',
    reference: 'ed25519/app:1.2.3',
    keyring: 'ed25519',
    exit: 0,
    helm: {
      '3.21.3': /^failed to load keyring: openpgp: unsupported feature: public key type: 22$/,
      '3.21.4': true,
      '4.2.4': true,
    },
  },
  {
    name: 'old version retagged',
    reference: 'retagged/app:1.2.4',
    keyring: 'release',
    exit: 1,
    code: 'chart.version_mismatch',
    helm: noSum('app-1.2.4.tgz'),
  },
  {
    name: 'repository renamed',
    reference: 'renamed/other:1.2.3',
    keyring: 'release',
    exit: 1,
    code: 'chart.name_mismatch',
    helm: noSum('other-1.2.3.tgz'),
  },
  {
    name: 'v before the tag',
    reference: 'charts/app:v1.2.3',
    keyring: 'release',
    exit: 0,
    helm: noSum('app-v1.2.3.tgz'),
  },
  {
    name: 'by digest',
    reference: 'charts/app@{digest}',
    keyring: 'release',
    exit: 0,
    helm: /^provenance does not contain a SHA for a file named "app@sha256-[0-9a-f]{64}\.tgz"$/,
  },
  {
    name: 'tag and digest',
    reference: 'charts/app:1.2.3@{digest}',
    keyring: 'release',
    exit: 0,
    helm: /^provenance does not contain a SHA for a file named "app@sha256-[0-9a-f]{64}\.tgz"$/,
  },
  {
    name: '+build, --version',
    reference: 'charts/app',
    version: '1.2.3+build.7',
    keyring: 'release',
    exit: 0,
    helm: true,
  },
  {
    name: '+build in the tag',
    reference: 'charts/app:1.2.3+build.7',
    keyring: 'release',
    exit: 0,
    helm: /invalid/,
  },
  {
    name: '_build in the tag',
    reference: 'charts/app:1.2.3_build.7',
    keyring: 'release',
    exit: 0,
    helm: /improper constraint/,
  },
  {
    name: 'tag latest',
    reference: 'charts/app:latest',
    keyring: 'release',
    exit: 0,
    helm: /improper constraint/,
  },
  {
    name: 'another --version than the tag',
    reference: 'charts/app:1.2.3',
    version: '1.0.0',
    keyring: 'release',
    exit: 2,
    helm: /mismatch/,
  },
  { name: 'no such tag', reference: 'charts/app:9.9.9', keyring: 'release', exit: 1, helm: /not found/ },
  {
    name: 'a further layer',
    reference: 'extra/app:1.2.3',
    keyring: 'release',
    exit: 1,
    code: 'manifest.extra_layer',
    helm: true,
  },
  {
    name: 'text altered',
    reference: 'altered/app:1.2.3',
    keyring: 'release',
    exit: 1,
    code: 'pgp.bad_signature',
    helm: /^openpgp: invalid signature: /,
  },
  {
    name: 'no provenance in the layer',
    reference: 'garbage/app:1.2.3',
    keyring: 'release',
    exit: 1,
    code: 'pgp.malformed',
    helm: /signature block not found$/,
  },
  {
    name: 'signed in the future',
    reference: 'future/app:1.2.3',
    keyring: 'release',
    exit: 1,
    code: 'pgp.signed_in_future',
    helm: {
      '3.21.3': true,
      '3.21.4': /^openpgp: signature expired$/,
      '4.2.4': /^openpgp: signature expired$/,
    },
  },
  {
    name: 'renamed, and both names signed',
    reference: 'two-names/other:1.2.3',
    keyring: 'release',
    exit: 0,
    helm: true,
  },
  {
    name: 'key revoked',
    reference: 'charts/app:1.2.3',
    keyring: 'revoked',
    exit: 1,
    code: 'pgp.key_revoked',
    helm: { '3.21.3': unknown, '3.21.4': /revoked key$/, '4.2.4': /revoked key$/ },
  },
  {
    name: 'a keyring of two keys',
    reference: 'stranger/app:1.2.3',
    keyring: 'release+stranger',
    exit: 0,
    helm: true,
  },
  {
    name: 'an Ed25519 key beside the right one',
    reference: 'charts/app:1.2.3',
    keyring: 'release+ed25519',
    exit: 0,
    helm: { '3.21.3': /public key type: 22$/, '3.21.4': true, '4.2.4': true },
  },
  {
    name: 'image index',
    reference: 'index/app:1.2.3',
    keyring: 'release',
    exit: 1,
    code: 'manifest.index',
    unpredicted: true,
    helm: true,
  },
];

/** Pushes, with a real Helm where Helm would write it and by hand where it would not, what the cases name. */
export async function pushCases(host: string, helm: Helm, dir: string): Promise<{ digest: string }> {
  const push = (file: string, folder: string) => helm.push(join(DEMO, file), `oci://${host}/${folder}`);
  const digest = await push('app-1.2.3.tgz', 'charts');
  await push('app-1.2.3+build.7.tgz', 'charts');
  await push('umbrella-0.3.0.tgz', 'charts');
  await push('legacy-0.1.0.tgz', 'charts');
  await push('app-1.2.3.tgz', 'range');
  await push('app-1.0.0.tgz', 'range');
  await push('helm-3.21.3/app-1.2.3.tgz', 'helm3');
  for (const name of ['unsigned', 'stranger', 'tampered', 'expired', 'ed25519']) {
    await push(`${name}/app-1.2.3.tgz`, name);
  }
  for (const kind of ['altered', 'garbage', 'future', 'two-names'] as const) {
    await helm.push(await forged(kind, dir), `oci://${host}/${kind}`);
  }
  await copy(host, 'two-names/app', '1.2.3', 'two-names/other');
  await copy(host, 'charts/app', '1.2.3', 'charts/app', 'v1.2.3');
  await copy(host, 'charts/app', '1.2.3', 'charts/app', 'latest');
  await copy(host, 'range/app', '1.0.0', 'retagged/app', '1.2.4');
  await copy(host, 'charts/app', '1.2.3', 'renamed/other');
  await withLayers(host, 'extra/app', 'text/plain', 'a further layer');
  await withLayers(host, 'twice/app', PROVENANCE_LAYER, 'a second provenance');
  const text = await getManifest(host, 'charts/app', '1.2.3');
  await copy(host, 'charts/app', '1.2.3', 'index/app', 'only');
  await putManifest(
    host,
    'index/app',
    '1.2.3',
    {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: OCI_MANIFEST, digest, size: Buffer.byteLength(text) }],
    },
    OCI_INDEX,
  );
  return { digest };
}

async function withLayers(
  host: string,
  repository: string,
  mediaType: string,
  content: string,
): Promise<void> {
  await copy(host, 'charts/app', '1.2.3', repository);
  const manifest = JSON.parse(await getManifest(host, repository, '1.2.3')) as RawManifest;
  manifest.layers.push(await putBlob(host, repository, new Uint8Array(Buffer.from(content)), mediaType));
  await putManifest(host, repository, '1.2.3', manifest);
}
