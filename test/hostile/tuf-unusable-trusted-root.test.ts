import { expect, test } from 'vitest';
import { readTrustedRoot } from '../../src/sigstore/index.ts';

import { createFakeSigstore } from '../support/sigstore/index.ts';

// A trusted root that was published well and cannot be used: kept, it would be found by the next start of the service,
// which would then not start. What is refused when it is read is refused before it is kept.
const sigstore = createFakeSigstore();

// biome-ignore lint/suspicious/noExplicitAny: JSON
const changes: [what: string, change: (root: any) => void][] = [
  ['of another kind', (root) => Object.assign(root, { mediaType: 'application/json' })],
  ['with a log that does not say since when', (root) => delete root.tlogs[0].publicKey.validFor],
  ['with a log without a key', (root) => delete root.tlogs[0].publicKey.rawBytes],
  ['with lists that are none', (root) => Object.assign(root, { tlogs: {} })],
  ['with an authority without certificates', (root) => root.certificateAuthorities.push({})],
  [
    'with a broken certificate',
    (root) => {
      root.certificateAuthorities[0].certChain.certificates[0].rawBytes = 'AAAA';
    },
  ],
  ['with a thousand logs', (root) => Object.assign(root, { ctlogs: Array(1000).fill(root.ctlogs[0]) })],
];

test.each(changes)('%s: refused', async (_, change) => {
  await expect(readTrustedRoot(sigstore.trustedRoot(change))).rejects.toMatchObject({
    code: 'sigstore.root_invalid',
  });
});
