import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  readSigstoreKey,
  readTrustedRoot,
  type SignatureItem,
  type SigstoreTrust,
  verifySignature,
} from '../../src/sigstore/index.ts';
import { vectorsDir } from '../support/vectors.ts';
import { verdictOf } from './support.ts';

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';

// Where the table leaves the choice, and why it was made so. `accept` or a code of the refusal.
const CHOICES: Record<string, string> = {
  // A timestamp is not asked of a key, but one that is there must hold: it is there to be believed.
  'key-p256-zot other-tsa': 'timestamp_invalid',
  'key-p256-reg2 other-tsa': 'timestamp_invalid',
  'neg-ts-flipped-zot key': 'timestamp_invalid',
  'neg-ts-flipped-zot ignore-tlog': 'timestamp_invalid',
  // The key of the log had ended before it signed.
  'keyless-zot rekor-ended': 'log_invalid',
  'keyless-reg2 rekor-ended': 'log_invalid',
  // "Ignored" means here that no log entry is asked for. One that is there must hold.
  'neg-body-flipped-zot ignore-tlog': 'log_invalid',
  'neg-proof-hash-zot ignore-tlog': 'log_invalid',
  'neg-checkpoint-sig-zot ignore-tlog': 'log_invalid',
  'neg-checkpoint-origin-zot ignore-tlog': 'log_invalid',
  // The flipped field is `rootHash`, which nobody reads: the root comes from the checkpoint that the log signed.
  'neg-proof-flipped-zot key': 'accept',
  'neg-proof-flipped-zot ignore-tlog': 'accept',
  // Bundles of version 0.2 are read; cosign passes over them.
  'neg-v02-mediatype-zot key': 'accept',
  'neg-v02-mediatype-zot ignore-tlog': 'accept',
  // Its timestamp is a trusted time, asked for by an option or not.
  'legacy-keyless-tsa-reg2 no-ts': 'accept',
  // Found in cosign's experimental layout, it is a signature like any other.
  'legacy-oci11-zot default': 'accept',
  'legacy-oci11-zot experimental': 'accept',
  // Ed25519ph in the legacy format: cosign makes it and refuses it, and so does everybody else.
  'legacy-ed25519-reg2 ignore-tlog': 'untrusted_key',
};

// The codes of the refusals that the table demands, the first of each.
const REFUSALS: Record<string, string> = {
  'wrong-key': 'untrusted_key',
  'other-rekor-key': 'log_invalid',
  'no-rekor-in-root': 'log_invalid',
  'as-keyless': 'certificate_missing',
  'tlog-required': 'log_missing',
  'ts-other-tsa': 'timestamp_invalid',
  'sct-required': 'sct_missing',
  'wrong-identity': 'identity_mismatch',
  'identity-is-prefix': 'identity_mismatch',
  'identity-dot-regex': 'identity_mismatch',
  'wrong-issuer': 'issuer_mismatch',
  'other-fulcio': 'certificate_invalid',
  'other-tsa': 'timestamp_invalid',
  'fulcio-ended': 'certificate_invalid',
  'key-given': 'untrusted_key',
  'dev-wanted': 'identity_mismatch',
  'ts-wrong-id': 'identity_mismatch',
  'as-signature': 'predicate_type',
  'main-wanted': 'identity_mismatch',
  'other-repo-lookalike': 'identity_mismatch',
  'gh-repo-wrong': 'extension_mismatch',
  'gh-ref-wrong': 'extension_mismatch',
  mismatch: 'annotation_mismatch',
  absent: 'annotation_mismatch',
  'digest-alg': 'untrusted_key',
  'keyless-bare-zot ignore-tlog': 'timestamp_missing',
  'keyless-bare-zot ignore-tlog-ts': 'timestamp_missing',
  'attest-hides-sig-zot att-key': 'predicate_type',
  'neg-copied-bundle-zot key': 'subject_mismatch',
  'neg-copied-bundle-reg2 key': 'subject_mismatch',
  'neg-sig-flipped-zot key': 'bad_signature',
  'neg-sig-flipped-zot ignore-tlog': 'bad_signature',
  'neg-payloadtype-zot key': 'payload_type',
  'neg-payloadtype-zot ignore-tlog': 'payload_type',
  'neg-body-flipped-zot key': 'log_invalid',
  'neg-no-tlog-zot key': 'log_missing',
  'neg-proof-hash-zot key': 'log_invalid',
  'neg-checkpoint-sig-zot key': 'log_invalid',
  'neg-checkpoint-origin-zot key': 'log_invalid',
  'message-signature-zot key': 'bare_signature',
  'unsigned-zot key': '',
  'unsigned-reg2 key': '',
  'key-ed25519-zot ok': '',
  'key-ed25519-zot ignore-tlog': '',
};

interface Row {
  name: string;
  verify: string;
  command: string;
  wanted: string;
}

const folder = join(vectorsDir ?? '', 'cosign');
const lines = async (file: string) =>
  (await readFile(join(folder, file), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));

async function rows(): Promise<Row[]> {
  const [, ...table] = await lines('expected.tsv');
  return table.map(([name, verify, command, , wanted]) => ({
    name: name!,
    verify: verify!,
    command: command!,
    wanted: wanted!,
  }));
}

/** What cosign's arguments ask for, as a trust entry. */
async function trustOf({ name, command }: Row): Promise<SigstoreTrust> {
  const words = command.split(' ');
  const after = (flag: string) => words.flatMap((word, i) => (word === flag ? [words[i + 1]!] : []));
  const has = (flag: string) => words.includes(flag);
  const [keyFile] = after('--key');
  const [rootFile] = after('--trusted-root');
  // cosign's regular expressions, translated by hand.
  const globs: Record<string, string> = {
    '^dev@': 'dev@**',
    '^https://github\\.com/acme/charts/\\.github/workflows/release\\.yml@refs/tags/v':
      'https://github.com/acme/charts/.github/workflows/release.yml@refs/tags/v*',
  };
  const subjects = [
    ...after('--certificate-identity'),
    ...after('--certificate-identity-regexp').map((pattern) => globs[pattern]!),
  ];
  const extensions = new Map<string, string>();
  for (const [flag, extension] of [
    ['--certificate-github-workflow-repository', 'workflowRepository'],
    ['--certificate-github-workflow-ref', 'workflowRef'],
    ['--certificate-github-workflow-trigger', 'workflowTrigger'],
  ] as const) {
    for (const value of after(flag)) extensions.set(extension, value);
  }
  const [issuer = 'http://127.0.0.1:17080'] = after('--certificate-oidc-issuer');
  return {
    scheme: 'sigstore',
    name: 'cosign',
    identity:
      keyFile === undefined
        ? { kind: 'keyless', issuer, subjects, extensions }
        : { kind: 'key', key: await readSigstoreKey(await readFile(join(folder, name, keyFile))) },
    predicateTypes: [COSIGN_SIGN],
    annotations: new Map(after('-a').map((pair) => pair.split('=') as [string, string])),
    transparencyLog: has('--insecure-ignore-tlog') ? 'optional' : 'required',
    certificateTransparency: has('--insecure-ignore-sct') ? 'optional' : 'required',
    root: rootFile === undefined ? undefined : await readTrustedRoot(await readFile(join(folder, rootFile))),
  };
}

interface Manifest {
  layers: { mediaType: string; annotations?: Record<string, string> }[];
}

/** Everything that is attached to the chart of a case, in cosign's order: bundles, `.sig`, `.att`. */
async function itemsOf(name: string): Promise<SignatureItem[]> {
  const items: SignatureItem[] = [];
  for (const suffix of ['', '-0', '-1']) {
    const path = join(folder, name, `bundle${suffix}.json`);
    if (!existsSync(path)) continue;
    const referrer = await readFile(join(folder, name, `referrer${suffix}.json`), 'utf8');
    const { mediaType, annotations = {} } = (JSON.parse(referrer) as Manifest).layers[0]!;
    const format = mediaType === SIMPLE_SIGNING ? 'simple-signing' : 'bundle';
    items.push({ format, bytes: await readFile(path), annotations });
  }
  for (const [tag, format] of [
    ['sig', 'simple-signing'],
    ['att', 'dsse'],
  ] as const) {
    const path = join(folder, name, `${tag}.manifest.json`);
    if (!existsSync(path)) continue;
    const { layers } = JSON.parse(await readFile(path, 'utf8')) as Manifest;
    for (const [i, { annotations = {} }] of layers.entries()) {
      items.push({ format, bytes: await readFile(join(folder, name, `${tag}.layer-${i}.bin`)), annotations });
    }
  }
  return items;
}

async function judge(row: Row): Promise<string> {
  const { digest } = JSON.parse(await readFile(join(folder, row.name, 'case.json'), 'utf8')) as {
    digest: string;
  };
  const trust = await trustOf(row);
  const verdicts: string[] = [];
  for (const item of await itemsOf(row.name)) {
    const { outcomes, evidence } = await verifySignature({
      source: { kind: 'referrer', digest: null },
      item,
      subject: { digest },
      trusts: [trust],
      blockedSigners: [],
      blockedIdentities: [],
    });
    expect(evidence.trustedAs).toEqual(outcomes[0]!.state === 'held' ? ['cosign'] : []);
    verdicts.push(verdictOf(outcomes[0]!));
  }
  if (verdicts.includes('held')) return 'accept';
  return verdicts[0]?.split(' ')[0] ?? '';
}

describe.skipIf(vectorsDir === undefined)('what real cosign signed', async () => {
  const table = vectorsDir === undefined ? [] : await rows();

  it.each(table)('$name $verify: $wanted', async (row) => {
    const id = `${row.name} ${row.verify}`;
    const wanted =
      row.wanted === 'accept'
        ? 'accept'
        : row.wanted === 'either'
          ? CHOICES[id]
          : (REFUSALS[id] ?? REFUSALS[row.verify]);
    expect(await judge(row)).toBe(wanted);
  });

  it('has no choice that is not one', () => {
    const either = table
      .filter(({ wanted }) => wanted === 'either')
      .map(({ name, verify }) => `${name} ${verify}`);
    expect(Object.keys(CHOICES).sort()).toEqual(either.sort());
  });

  // No clock is asked, so nothing can change when the short-lived certificates have expired. cosign accepted some of
  // these only while they lived; those are refused here from the start, or their time is proven.
  it('does not change when certificates expire', async () => {
    const [, ...later] = await lines('expected-after-expiry.tsv');
    const changed = later
      .filter(([, , fresh, after]) => fresh !== after)
      .map(([name, verify]) => `${name} ${verify}`);
    expect(changed.sort()).toEqual([
      'keyless-bare-zot ignore-tlog',
      'keyless-reg2 ignore-tlog',
      'keyless-zot ignore-tlog',
      'legacy-keyless-tsa-reg2 no-ts',
    ]);
  });
});
