import { describe, expect, it } from 'vitest';
import { EXTENSION_NAMES, extensionName } from '../../src/sigstore/index.ts';
import { createFakeSigstore, der, extension, FAKE_EXTENSIONS } from '../support/sigstore/index.ts';
import { DIGEST, keylessTrust, verdict, verify } from './support.ts';

const sigstore = createFakeSigstore();
const extensions = Object.fromEntries(
  [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24].map((n) => [n, `value ${n}`]),
);

async function ask(wanted: Record<string, string>, options: object = {}) {
  const trust = await keylessTrust(sigstore, { extensions: wanted });
  return verdict(sigstore.signKeyless({ digest: DIGEST, ...options }), trust);
}

describe("Fulcio's certificate extensions", () => {
  it('are shown by name', async () => {
    const bundle = sigstore.signKeyless({
      digest: DIGEST,
      extensions: { ...FAKE_EXTENSIONS, ...extensions },
    });
    const { evidence } = await verify(bundle, await keylessTrust(sigstore));
    expect(evidence.signer!.extensions).toEqual({
      issuer: 'https://token.actions.githubusercontent.com',
      workflowTrigger: 'push',
      workflowSha: '0123456789abcdef0123456789abcdef01234567',
      workflowName: 'release',
      workflowRepository: 'acme/charts',
      workflowRef: 'refs/tags/v1.2.3',
      buildSignerUri: 'value 9',
      buildSignerDigest: 'value 10',
      runnerEnvironment: 'value 11',
      sourceRepository: 'value 12',
      sourceRepositoryDigest: 'value 13',
      sourceRepositoryRef: 'value 14',
      sourceRepositoryId: 'value 15',
      sourceRepositoryOwner: 'value 16',
      sourceRepositoryOwnerId: 'value 17',
      buildConfigUri: 'value 18',
      buildConfigDigest: 'value 19',
      buildTrigger: 'value 20',
      runInvocationUri: 'value 21',
      sourceRepositoryVisibility: 'value 22',
      deploymentEnvironment: 'value 23',
      tokenSubject: 'value 24',
    });
  });

  it("are asked for by Fulcio's names and by the short ones, as globs, all of them", async () => {
    expect(await ask({ sourceRepositoryUri: 'https://github.com/acme/charts' })).toBe('held');
    expect(await ask({ sourceRepository: 'https://github.com/acme/*', workflowRef: 'refs/tags/v*' })).toBe(
      'held',
    );
    expect(await ask({ sourceRepository: 'https://github.com/acme/*', workflowRef: 'refs/heads/main' })).toBe(
      'extension_mismatch',
    );
    expect(await ask({ sourceRepository: 'https://github.com/acme' })).toBe('extension_mismatch');
  });

  it('that a certificate does not have, or nobody knows, match nothing', async () => {
    expect(await ask({ deploymentEnvironment: '**' })).toBe('extension_mismatch');
    expect(await ask({ nonsense: '**' })).toBe('extension_mismatch');
    expect(await ask({ constructor: '**' })).toBe('extension_mismatch');
  });

  it('that cannot be read, or name two issuers, make the certificate useless', async () => {
    const more = (last: number, value: Buffer) => ({
      certificate: { more: [extension(`1.3.6.1.4.1.57264.1.${last}`, value)] },
    });
    expect(await ask({}, more(23, Buffer.from('no DER')))).toMatch(/^certificate_invalid/);
    expect(await ask({}, more(23, der.octets(Buffer.from('wrong type'))))).toMatch(/^certificate_invalid/);
    expect(await ask({}, more(23, der.tagged(0x0c, Buffer.from([0xff]))))).toMatch(/^certificate_invalid/);
    expect(await ask({}, more(12, der.utf8('https://github.com/acme/charts')))).toMatch(
      /^certificate_invalid/,
    );
    expect(await ask({}, { extensions: { 8: 'https://evil.example' } })).toMatch(/^certificate_invalid/);
    // One of each version: readers take the one or the other.
    expect(await ask({}, { certificate: { issuerV1: 'https://evil.example' } })).toMatch(
      /^certificate_invalid/,
    );
  });

  it('have a table without doubles', () => {
    expect(new Set(EXTENSION_NAMES).size).toBe(EXTENSION_NAMES.length);
    expect(extensionName('sourceRepositoryUri')).toBe('sourceRepository');
    expect(extensionName('githubWorkflowRef')).toBe('workflowRef');
    expect(extensionName('issuer')).toBe('issuer');
    expect(extensionName('toString')).toBeUndefined();
  });
});
