import { expect, test } from 'vitest';
import { readTrustedRoot } from '../../src/sigstore/index.ts';
import { createFakeSigstore } from '../support/sigstore/index.ts';
import { DIGEST, keylessTrust, verify } from './support.ts';

// cosign takes the last certificate of a chain for the root, whoever issued it; here it needs one that vouches for
// itself. Whoever made a trusted root without must learn that it is this, not that somebody tampered.
const sigstore = createFakeSigstore();

test.each([
  [
    'certificateAuthorities',
    'no authority of the trusted root issued the certificate: no valid certificate path found; certificateAuthorities[0] in it ends in no root certificate, so it vouches for none',
  ],
  [
    'timestampAuthorities',
    'the timestamp does not hold: the chain of its authority in the trusted root ends in no root certificate, so it vouches for none',
  ],
])('%s that end in no root certificate are told of', async (kind, message) => {
  const root = await readTrustedRoot(
    sigstore.trustedRoot((json) => {
      json[kind][0].certChain.certificates.pop();
    }),
  );
  const bundle = sigstore.signKeyless({ digest: DIGEST });
  const { outcomes } = await verify(bundle, await keylessTrust(sigstore, { root }));
  expect(outcomes[0]?.state).toBe('failed');
  expect(outcomes[0]?.reasons.map((reason) => reason.message)).toEqual([message]);
});
