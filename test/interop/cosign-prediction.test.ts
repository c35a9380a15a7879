import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CosignFlags, cosignFlagsOf } from '../../src/sigstore/cosign/flags.ts';
import type { LocatedSignature } from '../../src/sigstore/index.ts';
import { predictWithFlags } from '../../src/sigstore/predict-cosign.ts';
import { vectorsDir } from '../support/vectors.ts';
import {
  type CosignCase,
  conformanceCases,
  handmadeCases,
  keylessMutants,
  keyMutants,
  legacyMutants,
  listCases,
  statementMutants,
} from './cosign-cases.ts';
import { run } from './run.ts';
import { type SignatureRegistry, startSignatureRegistry } from './signature-registry.ts';
import { toolPath } from './tools.ts';

/** What chartseal predicts of cosign beside what real cosign says, of bundles and legacy signatures spoiled in every way. */

const cosign = toolPath('cosign-3.1.3');
if (cosign === undefined) console.log('NOT TESTED: predictions for cosign: cosign-3.1.3 not installed');

// Three thousand runs of cosign take some minutes: all of them with CHARTSEAL_INTEROP_ALL=1, else every seventh.
const EVERY = process.env.CHARTSEAL_INTEROP_ALL === '1' ? 1 : 7;
const LONG = 900_000;

describe.skipIf(cosign === undefined)('the prediction for cosign', () => {
  let dir = '';
  let registry: SignatureRegistry;
  let count = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(inject('dir'), 'cosign-prediction-'));
    registry = await startSignatureRegistry();
  });
  afterAll(() => registry?.close());

  async function said(one: CosignCase, flags: CosignFlags): Promise<{ accepts: boolean; words: string }> {
    const reference = registry.store(one);
    const name = join(dir, `${++count}`);
    const args = ['verify', '--allow-http-registry'];
    if (one.root !== undefined) {
      await writeFile(`${name}.json`, one.root);
      args.push('--trusted-root', `${name}.json`);
    }
    if (one.key !== undefined) {
      await writeFile(`${name}.pub`, one.key);
      args.push('--key', `${name}.pub`);
    }
    const { identity } = flags;
    if (identity !== undefined) {
      const { subject, issuer } = identity;
      args.push(`--certificate-identity${subject.regexp ? '-regexp' : ''}`, subject.shown);
      args.push(`--certificate-oidc-issuer${issuer.regexp ? '-regexp' : ''}`, issuer.shown);
      const { GithubWorkflowTrigger, GithubWorkflowRef } = identity.workflow;
      if (GithubWorkflowTrigger) args.push('--certificate-github-workflow-trigger', GithubWorkflowTrigger);
      if (GithubWorkflowRef) args.push('--certificate-github-workflow-ref', GithubWorkflowRef);
    }
    if (flags.ignoreTlog) args.push('--insecure-ignore-tlog');
    if (flags.ignoreSct && identity !== undefined) args.push('--insecure-ignore-sct');
    if (flags.useSignedTimestamps) args.push('--use-signed-timestamps');
    if (flags.offline) args.push('--offline');
    for (const [key, value] of flags.annotations) args.push('-a', `${key}=${value}`);
    const { code, stderr } = await run(cosign!, [...args, reference], { env: { HOME: dir } });
    const words = stderr.slice(stderr.indexOf('Error: ') + 'Error: '.length);
    return { accepts: code === 0, words: code === 0 ? '' : words };
  }

  function predicted(one: CosignCase, flags: CosignFlags) {
    const items: LocatedSignature[] = [
      ...(one.bundles ?? []).map((bytes) => located('referrer', 'bundle', bytes, {})),
      ...(one.layers ?? []).map(({ bytes, annotations }) =>
        located('tag', 'simple-signing', bytes, annotations),
      ),
    ];
    const complete = { referrers: true, signatures: true };
    return predictWithFlags(
      { items, complete, digest: one.digest, trust: one.trust, now: Date.now() },
      flags,
    );
  }

  /** Asks both for every case; what they disagree on, and how many were not predicted. */
  async function compare(cases: CosignCase[]) {
    const differing: string[] = [];
    const unpredicted: string[] = [];
    let accepted = 0;
    const open = [...cases];
    const work = async () => {
      for (let one = open.pop(); one !== undefined; one = open.pop()) {
        const [strict] = cosignFlagsOf({ ...one.trust, transparencyLog: 'required' });
        const flags = { ...strict!, ...one.flags };
        const real = await said(one, flags);
        const ours = predicted(one, flags);
        if (real.accepts) accepted++;
        if (ours === undefined && one.unknown) continue;
        if (ours === undefined) unpredicted.push(`${one.label}: ${oneLine(real.words)}`);
        else if ((ours.outcome === 'accept') !== real.accepts) {
          differing.push(
            `${one.label}\n  ours: ${ours.outcome} ${ours.message}\n  real: ${oneLine(real.words)}`,
          );
        } else if (!sameWords(ours.message, real.words)) {
          differing.push(`${one.label} (words)\n  ours: ${ours.message}\n  real: ${oneLine(real.words)}`);
        }
      }
    };
    await Promise.all([work(), work()]);
    return { differing, unpredicted, accepted };
  }

  async function holds(cases: CosignCase[], every = EVERY): Promise<void> {
    const { differing, unpredicted, accepted } = await compare(cases.filter((_, at) => at % every === 0));
    expect(differing).toEqual([]);
    expect(unpredicted).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
  }

  it('holds for every field of a bundle with a key and Rekor v2', () => holds(keyMutants()), LONG);
  it('holds for every field of a keyless bundle with Rekor v1', () => holds(keylessMutants()), LONG);
  it('holds for every field of a statement', () => holds(statementMutants()), LONG);
  it('holds for every part of a legacy signature', () => holds(legacyMutants()), LONG);
  it('holds for lists of signatures', () => holds(listCases(), 1), LONG);
  it('holds for keys, certificates, roots, logs and times of every kind', () => holds(handmadeCases()), LONG);
  it.skipIf(!vectorsDir)('holds for the conformance suite', () => holds(conformanceCases(vectorsDir!)), LONG);
});

function located(
  kind: 'referrer' | 'tag',
  format: 'bundle' | 'simple-signing',
  bytes: Uint8Array,
  annotations: Record<string, string>,
): LocatedSignature {
  return { source: { kind, digest: null }, fetched: { ok: true, value: { format, bytes, annotations } } };
}

function oneLine(words: string): string {
  return words.trim().replace(/\s*\n\s*/g, ' ');
}

/**
 * Alike up to numbers of proofs, what Go's libraries say of malformed texts, keys that are printed whole, and the address
 * of a timestamp authority.
 */
function sameWords(ours: string, real: string): boolean {
  const normal = (words: string) =>
    oneLine(words)
      .replace(/\0|\\u\{0\}/g, '')
      .replace(/(failed to extract signature from bundle): .*/, '$1')
      .replace(/calculated root: .*/, 'calculated root:')
      .replace(/comparing public key PEMs, .*/, 'comparing public key PEMs')
      .replace(
        /(x509|asn1|json|encoding\/hex|illegal base64|invalid character|unsupported hash algorithm)\b.*/,
        '$1',
      )
      .replace(/timestamping authority (\S+ )?root certificate/, 'timestamping authority root certificate');
  return normal(ours) === normal(real.split('\nerror during command execution')[0]!);
}
