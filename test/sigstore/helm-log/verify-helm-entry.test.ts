import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HelmLogEntry } from '../../../src/sigstore/index.ts';
import {
  ARCHIVE,
  createHelmRekor,
  type HelmRekor,
  helmBody,
  LOGGED_AT,
  RELEASE,
  verifyDemo,
} from '../../support/helm-log.ts';

let box: HelmRekor;
let entry: HelmLogEntry;

beforeAll(async () => {
  box = await createHelmRekor();
  box.log(await helmBody());
  entry = (await box.search()).entries[0]!;
});

const failed = (result: Awaited<ReturnType<typeof verifyDemo>>) =>
  result.evidence.checks.filter(({ outcome }) => outcome === 'fail').map(({ name, code }) => [name, code]);

describe('an entry of type helm', () => {
  it('of the provenance, held by a trusted log, says when it was recorded', async () => {
    const result = await verifyDemo(entry, box.root);
    expect(result).toMatchObject({
      logged: true,
      loggedAt: LOGGED_AT,
      evidence: {
        scheme: 'sigstore',
        source: { kind: 'log', digest: `sha256:${entry.uuid}` },
        signer: { fingerprint: RELEASE },
        signedAt: '2026-11-23T18:00:00.000Z',
        trustedAs: ['release-team'],
      },
    });
    expect(result.evidence.checks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['log.entry', 'info'],
      ['log.digest', 'pass'],
      ['log.signature', 'pass'],
      ['log.key', 'pass'],
      ['log', 'pass'],
    ]);
  });

  it('made of a signature in the form of the older Helm is that signature, too', async () => {
    const other = await createHelmRekor();
    other.log(await helmBody('helm-3.21.3-app-1.2.3'));
    const [found] = (await other.search()).entries;
    const provenance = 'helm-3.21.3/app-1.2.3.tgz.prov';
    const archiveDigest = JSON.parse(Buffer.from(found!.body).toString('utf8')).spec.chart.hash.value;
    const result = await verifyDemo(found!, other.root, {
      provenance,
      archiveDigest: `sha256:${archiveDigest}`,
    });
    expect(failed(result)).toEqual([]);
    // The same archive, signed twice: each signature has an entry of its own.
    expect(failed(await verifyDemo(found!, other.root))).toContainEqual([
      'log.signature',
      'sigstore.log_mismatch',
    ]);
  });

  it('is held by a promise alone, or by a proof alone, which tells no time', async () => {
    expect(await verifyDemo({ ...entry, proof: undefined }, box.root)).toMatchObject({
      logged: true,
      loggedAt: LOGGED_AT,
    });
    const proven = await verifyDemo({ ...entry, promise: undefined }, box.root);
    expect(proven).toMatchObject({ logged: true, loggedAt: undefined });
    expect(proven.evidence.signedAt).toBeUndefined();
  });

  it('is held by a log with one entry', async () => {
    const { rekor, root } = box;
    const hash = createHash('sha256').update(Buffer.of(0)).update(entry.body).digest();
    const text = `rekor - 1\n1\n${hash.toString('base64')}\n`;
    const signature = Buffer.concat([rekor.logId.subarray(0, 4), rekor.key.sign(Buffer.from(text))]);
    const checkpoint = `${text}\n\u2014 rekor ${signature.toString('base64')}\n`;
    const proof = { logIndex: 0, treeSize: 1, rootHash: hash, hashes: [], checkpoint };
    expect((await verifyDemo({ ...entry, promise: undefined, proof }, root)).logged).toBe(true);
    const witnessed = { ...proof, checkpoint: `${checkpoint}\u2014 witness AAAAAQI=\n` };
    expect((await verifyDemo({ ...entry, promise: undefined, proof: witnessed }, root)).logged).toBe(true);
  });

  it('with neither shows nothing', async () => {
    const bare = { ...entry, promise: undefined, proof: undefined };
    expect(failed(await verifyDemo(bare, box.root))).toEqual([['log', 'sigstore.log_missing']]);
  });

  it('of a log that the root does not name, or whose key had ended, shows nothing', async () => {
    const { root } = await createHelmRekor();
    expect(failed(await verifyDemo(entry, root))).toEqual([['log', 'sigstore.log_invalid']]);
    const [log] = box.root.material.tlogs;
    const ended = { ...log!, validFor: { start: new Date(0), end: new Date(LOGGED_AT - 1000) } };
    const old = { ...box.root, material: { ...box.root.material, tlogs: [ended] } };
    expect(failed(await verifyDemo(entry, old))).toEqual([['log', 'sigstore.log_invalid']]);
  });

  it.each([
    ['another archive', { archiveDigest: ARCHIVE.replace('63ba', '0000') }, 'log.digest'],
    ['another provenance', { provenance: 'umbrella-0.3.0.tgz.prov' }, 'log.signature'],
    ['another signer', { signers: ['00'.repeat(20)] }, 'log.key'],
    ['no signer', { signers: [] }, 'log.key'],
  ])('is not that of %s', async (_, more, name) => {
    const result = await verifyDemo(entry, box.root, more);
    expect(result.logged).toBe(false);
    expect(result.evidence.trustedAs).toEqual([]);
    expect(failed(result)).toEqual([[name, 'sigstore.log_mismatch']]);
  });
});
