import { describe, expect, it } from 'vitest';
import { readTrustedRoot, type SigstoreTrust, verifySignature } from '../../src/sigstore/index.ts';
import { COSIGN_SIGN, createFakeSigstore, FAKE_IDENTITY } from '../support/sigstore/index.ts';

const DIGEST = `sha256:${'12'.repeat(32)}`;
const fake = createFakeSigstore();
const bytes = fake.signKeyless({ digest: DIGEST, issuer: 'https://id.eu.example.com' }).bytes();

async function verdict(issuer: string, blocked: { issuer: string; subject: string }[] = []) {
  const trust: SigstoreTrust = {
    scheme: 'sigstore',
    name: 'ci',
    identity: { kind: 'keyless', issuer, subjects: [FAKE_IDENTITY], extensions: new Map() },
    predicateTypes: [COSIGN_SIGN],
    annotations: new Map(),
    transparencyLog: 'required',
    certificateTransparency: 'required',
    root: await readTrustedRoot(fake.trustedRoot()),
  };
  const { outcomes } = await verifySignature({
    source: { kind: 'referrer', digest: null },
    item: { format: 'bundle', bytes, annotations: {} },
    subject: { digest: DIGEST },
    trusts: [trust],
    blockedSigners: [],
    blockedIdentities: blocked,
  });
  const [outcome] = outcomes;
  return outcome?.state === 'held' ? 'held' : outcome?.reasons[0]?.code;
}

describe('the issuer of a trust entry', () => {
  it.each(['https://id.eu.example.com', 'https://id.*.example.com', 'https://*', '**'])(
    '%s matches',
    async (issuer) => {
      expect(await verdict(issuer)).toBe('held');
    },
  );

  it.each([
    'https://id.eu.example.co',
    'https://id.eu.example.com.evil.example',
    'id.eu.example.com',
    'https://id.eu.example.com/',
    'https://id.eu.example.co.',
    'HTTPS://id.eu.example.com',
  ])('%s does not, anchored at both ends', async (issuer) => {
    expect(await verdict(issuer)).toBe('sigstore.issuer_mismatch');
  });

  it('is a glob in "blocked" too', async () => {
    expect(await verdict('**', [{ issuer: 'https://*', subject: '**' }])).toBe('sigstore.signer_blocked');
  });
});
