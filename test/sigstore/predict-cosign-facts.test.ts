import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ChartsealError } from '../../src/base/error.ts';
import { cosignFlagsOf } from '../../src/sigstore/cosign/flags.ts';
import {
  type CosignPredictionInput,
  type LocatedSignature,
  predictCosign,
  readSigstoreKey,
  readTrustedRoot,
  type SigstoreTrust,
} from '../../src/sigstore/index.ts';
import { createFakeKey, createFakeSigstore, FAKE_IDENTITY, FAKE_ISSUER } from '../support/sigstore/index.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const sigstore = createFakeSigstore({ clock: () => NOW });
const root = await readTrustedRoot(sigstore.trustedRoot());
const DIGEST = `sha256:${createHash('sha256').update('a chart').digest('hex')}`;
const GONE = `sha256:${createHash('sha256').update('another chart').digest('hex')}`;

const common = {
  scheme: 'sigstore' as const,
  name: 'signer',
  predicateTypes: ['https://sigstore.dev/cosign/sign/v1'],
  annotations: new Map<string, string>(),
  transparencyLog: 'required' as const,
  certificateTransparency: 'required' as const,
  root,
};
const keyTrust: SigstoreTrust = {
  ...common,
  identity: { kind: 'key', key: await readSigstoreKey(Buffer.from(sigstore.publicKeyPem)) },
};
const keyless = (subjects = [FAKE_IDENTITY], extensions: Record<string, string> = {}): SigstoreTrust => ({
  ...common,
  identity: {
    kind: 'keyless',
    issuer: FAKE_ISSUER,
    subjects,
    extensions: new Map(Object.entries(extensions)),
  },
});

function bundle(bytes: Uint8Array, more: Partial<LocatedSignature> = {}): LocatedSignature {
  const value = { format: 'bundle' as const, bytes, annotations: {} };
  return { source: { kind: 'referrer', digest: GONE }, fetched: { ok: true, value }, ...more };
}

function layer({
  bytes,
  annotations,
}: {
  bytes: Uint8Array;
  annotations: Record<string, string>;
}): LocatedSignature {
  const value = { format: 'simple-signing' as const, bytes, annotations };
  return { source: { kind: 'tag', digest: GONE }, fetched: { ok: true, value } };
}

function predict(
  items: LocatedSignature[],
  trust: SigstoreTrust = keyTrust,
  complete: Partial<CosignPredictionInput['complete']> = {},
) {
  return predictCosign({
    items,
    complete: { referrers: true, signatures: true, ...complete },
    digest: DIGEST,
    trust,
    now: NOW,
  });
}

const good = () => bundle(sigstore.signWithKey({ digest: DIGEST }).bytes());
const byOther = () => bundle(sigstore.signWithKey({ digest: DIGEST, key: createFakeKey() }).bytes());
const attestation = () =>
  bundle(sigstore.signWithKey({ digest: DIGEST, predicateType: 'https://example.com/scan/v1' }).bytes());
const legacy = () => layer(sigstore.signLegacy({ digest: DIGEST }));
const unread = (kind: 'referrer' | 'tag', code: 'registry.timeout' | 'registry.digest_mismatch') => ({
  source: { kind, digest: GONE },
  fetched: { ok: false as const, error: new ChartsealError(code, 'it could not be fetched') },
});

describe('what cosign would say', () => {
  it('counts any attestation by the right signer as a signature, as cosign does', () => {
    expect(predict([attestation()])).toEqual({
      client: 'cosign',
      versions: '>=3',
      outcome: 'accept',
      message: '',
    });
  });

  it('lets a bundle by somebody else hide a good legacy signature', () => {
    const said = predict([byOther(), legacy()]);
    expect(said?.outcome).toBe('refuse');
    expect(said?.message).toMatch(/^no matching attestations: /);
  });

  it('lets a bundle of an older version, an envelope and junk hide nothing', () => {
    const old = sigstore.signWithKey({
      digest: DIGEST,
      rekor: 'v1',
      mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
    });
    const items = [bundle(old.bytes()), bundle(Buffer.from('{')), legacy()];
    expect(predict(items)?.outcome).toBe('accept');
    expect(predict(items.slice(0, 2))?.message).toBe('no signatures found');
  });

  it('reads signatures neither among attestations nor in the experimental layout', () => {
    const one = legacy();
    const experimental = { ...one, source: { kind: 'referrer' as const, digest: GONE } };
    const { bytes, annotations } = sigstore.attestLegacy({ digest: DIGEST });
    const envelope: LocatedSignature = {
      source: { kind: 'tag', digest: GONE },
      fetched: { ok: true, value: { format: 'dsse', bytes, annotations } },
    };
    expect(predict([experimental, envelope])?.message).toBe('no signatures found');
  });

  it('does not look at what stands where cosign does not look', () => {
    expect(
      predict([bundle(sigstore.signWithKey({ digest: DIGEST }).bytes(), { cosignReads: false })])?.message,
    ).toBe('no signatures found');
  });

  it('tells every refusal of several bundles in their order', () => {
    const wrong = bundle(sigstore.signWithKey({ digest: GONE }).bytes());
    const said = predict([byOther(), wrong]);
    expect(said?.message).toMatch(
      /^no matching attestations: .*calculated root: .*; failed to verify signature: provided/,
    );
  });

  it('shows text of the registry harmless', () => {
    const evil = sigstore.signKeyless({
      digest: DIGEST,
      rekor: 'v1',
      identity: 'https://evil.example/\u001b[2J\u202e',
    });
    const said = predict([bundle(evil.bytes())], keyless());
    expect(said?.outcome).toBe('refuse');
    expect(said?.message).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('what is not known is not predicted', () => {
  it('where referrers or the legacy tag were not read to the end', () => {
    expect(predict([], keyTrust, { referrers: false })).toBeUndefined();
    expect(predict([], keyTrust, { signatures: false })).toBeUndefined();
    expect(predict([byOther()], keyTrust, { referrers: false })).toBeUndefined();
    expect(predict([legacy()], keyTrust, { referrers: false })).toBeUndefined();
  });

  it('but one bundle that cosign accepts is enough, whatever was not read', () => {
    expect(predict([good()], keyTrust, { referrers: false, signatures: false })?.outcome).toBe('accept');
    expect(predict([unread('referrer', 'registry.timeout'), good()])?.outcome).toBe('accept');
    expect(predict([legacy()], keyTrust, { signatures: false })?.outcome).toBe('accept');
    expect(predict([byOther()], keyTrust, { signatures: false })?.outcome).toBe('refuse');
  });

  it('where a signature could not be fetched, unless cosign could not either', () => {
    expect(predict([unread('referrer', 'registry.timeout')])).toBeUndefined();
    expect(predict([unread('tag', 'registry.timeout')])).toBeUndefined();
    expect(predict([unread('referrer', 'registry.digest_mismatch')])?.message).toBe('no signatures found');
  });

  it('where cosign would ask Rekor for a legacy signature', () => {
    const unlogged = layer(sigstore.signLegacy({ digest: DIGEST, rekor: 'none' }));
    expect(predict([unlogged])).toBeUndefined();
    expect(predict([unlogged], { ...keyTrust, transparencyLog: 'optional' })?.outcome).toBe('accept');
  });
});

describe('the command line that a trust entry stands for', () => {
  it('names a subject to the letter, and globs as one anchored expression', () => {
    const [exact] = cosignFlagsOf(keyless());
    expect(exact?.identity?.subject).toMatchObject({ shown: FAKE_IDENTITY, regexp: false });
    const [globs] = cosignFlagsOf(keyless(['https://a.example/x.y@refs/tags/*', 'dev+**@example.com']));
    expect(globs?.identity?.subject.shown).toBe(
      String.raw`^(?:https://a\.example/x\.y@refs/tags/[^/@]+|dev\+.*@example\.com)$`,
    );
    const matches = globs?.identity?.subject.matches ?? (() => false);
    expect(matches('https://a.example/x.y@refs/tags/v1')).toBe(true);
    expect(matches('https://a.example/x.y@refs/tags/v1/x')).toBe(false);
    expect(new RegExp(globs?.identity?.subject.shown ?? '').test('https://a.example/xzy@refs/tags/v1')).toBe(
      false,
    );
    expect(
      predict([bundle(sigstore.signKeyless({ digest: DIGEST }).bytes())], keyless(['https://x/*']))?.message,
    ).toBe(
      `no matching attestations: failed to verify certificate identity: no matching CertificateIdentity found, last error: expected SAN value to match regex "^https://x/[^/@]+$", got "${FAKE_IDENTITY}"`,
    );
  });

  it('names an issuer in the same way', () => {
    const identity = { kind: 'keyless' as const, subjects: [FAKE_IDENTITY], extensions: new Map() };
    const [flags] = cosignFlagsOf({ ...common, identity: { ...identity, issuer: 'https://*.example' } });
    expect(flags?.identity?.issuer).toMatchObject({
      shown: String.raw`^https://[^/@]+\.example$`,
      regexp: true,
    });
    expect(cosignFlagsOf(keyless())[0]?.identity?.issuer).toMatchObject({
      shown: FAKE_ISSUER,
      regexp: false,
    });
  });

  it('passes on the extensions that cosign has flags for, and no others', () => {
    const extensions = {
      workflowTrigger: 'push',
      githubWorkflowRef: 'refs/*',
      sourceRepository: 'https://x',
    };
    const [flags] = cosignFlagsOf(keyless([FAKE_IDENTITY], extensions));
    expect(flags?.identity?.workflow).toEqual({ GithubWorkflowTrigger: 'push' });
  });

  it('where no log is asked for, is one with it or one without it', () => {
    const optional = { transparencyLog: 'optional' as const };
    const withLog = bundle(sigstore.signKeyless({ digest: DIGEST, rekor: 'v1' }).bytes());
    const withStamp = bundle(sigstore.signKeyless({ digest: DIGEST, rekor: 'none' }).bytes());
    const bare = bundle(sigstore.signKeyless({ digest: DIGEST, rekor: 'none', timestamp: false }).bytes());
    expect(predict([withLog], { ...keyless(), ...optional })?.outcome).toBe('accept');
    expect(predict([withStamp], { ...keyless(), ...optional })?.outcome).toBe('accept');
    expect(predict([bare], { ...keyless(), ...optional })?.message).toMatch(
      /^no matching attestations: failed to verify timestamps/,
    );
    expect(predict([withStamp], keyless())?.outcome).toBe('refuse');
  });

  it('needs no trusted root for a key without a log', () => {
    const trust: SigstoreTrust = { ...keyTrust, transparencyLog: 'optional', root: undefined };
    expect(cosignFlagsOf(trust)).toHaveLength(1);
    expect(predict([good()], trust)?.outcome).toBe('accept');
  });
});
