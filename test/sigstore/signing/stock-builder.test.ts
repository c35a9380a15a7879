import { bundleToJSON } from '@sigstore/bundle';
import { DSSEBundleBuilder, type Signer, type Witness } from '@sigstore/sign';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  fulcioAsStockSigner,
  generateCosignKey,
  keyAsStockSigner,
  logV1,
  logV2,
  readCosignKey,
  timestampAuthority,
} from '../../../src/sigstore/index.ts';
import {
  createSigstoreServices,
  FULCIO,
  ISSUER,
  identityOf,
  REKOR_1,
  REKOR_2,
  type SigstoreServices,
  TSA,
} from '../../support/sigstore-services/index.ts';
import { judge, keyIdentity, keyless } from './judge.ts';

/** The parts of signing are those that the bundle builder of @sigstore/sign takes. */

const hex = 'ab'.repeat(32);
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'registry.example.com/charts/app', digest: { sha256: hex } }],
  predicateType: 'https://sigstore.dev/cosign/sign/v1',
  predicate: {},
};

let services: SigstoreServices;
beforeEach(() => {
  services = createSigstoreServices();
});

async function build(signer: Signer, witnesses: Witness[]): Promise<Uint8Array> {
  const builder = new DSSEBundleBuilder({ signer, witnesses });
  const data = Buffer.from(JSON.stringify(statement));
  const bundle = await builder.create({ data, type: 'application/vnd.in-toto+json' });
  return Buffer.from(JSON.stringify(bundleToJSON(bundle)));
}

const item = (bytes: Uint8Array) => ({ format: 'bundle', bytes, annotations: {} }) as const;

describe('the bundle builder of @sigstore/sign', () => {
  test('takes a key of ours, a log of version 2 and a timestamp authority', async () => {
    const { privatePem, publicPem } = await generateCosignKey({ passphrase: '' });
    const signer: Signer = keyAsStockSigner(await readCosignKey(privatePem));
    const { environment, sigstore } = services;
    const witnesses: Witness[] = [
      logV2(environment, { url: REKOR_2 }),
      timestampAuthority(environment, { url: TSA }),
    ];
    const bytes = await build(signer, witnesses);
    expect(await judge(item(bytes), `sha256:${hex}`, await keyIdentity(publicPem), { sigstore })).toBe(
      'held',
    );
  });

  test('takes a certificate authority and a log of version 1', async () => {
    const { environment, sigstore } = services;
    const identityToken = await services.token();
    const signer: Signer = fulcioAsStockSigner(environment, { url: FULCIO, identityToken });
    const bytes = await build(signer, [logV1(environment, { url: REKOR_1 })]);
    const who = keyless(ISSUER, identityOf({}));
    expect(await judge(item(bytes), `sha256:${hex}`, who, { sigstore })).toBe('held');
  });
});
