import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { askFiles } from '../support/ask-files.ts';
import { PROVENANCE_DENIED } from '../support/expected-provenance.ts';
import { ask } from '../support/service.ts';
import { vectorsDir } from '../support/vectors.ts';
import { AUTHORIZED, createWorld, type World } from '../support/world.ts';

// The 39 provenance files made with Helm's own packages. What three Helms and openpgp.js said of each stands in
// expected.tsv; what chartseal says is that it allows what openpgp.js takes and no strict rule of its own refuses.

interface Row {
  vector: string;
  keyring: string;
  archive: string;
  /** "OK" or "Error: …", by Helm 3.21.3, 3.21.4, 4.2.4. */
  helm: string[];
  openpgp: string;
}

const folder = `${vectorsDir}/provenance`;
const read = (name: string) => new Uint8Array(readFileSync(`${folder}/${name}`));

function readRows(): Row[] {
  if (vectorsDir === undefined) return [];
  const [, ...lines] = readFileSync(`${folder}/expected.tsv`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const [vector = '', keyring = '', archive = '', helm3 = '', helm34 = '', helm4 = '', openpgp = ''] =
      line.split('\t');
    return { vector, keyring, archive, helm: [helm3, helm34, helm4], openpgp };
  });
}

const rows = readRows();
const trustOf = (keyring: string) => keyring.replace(/\.pub.*$/, '');

/** Where the vector is pushed: a repository prefix for each keyring, one repository for each vector. */
function chartOf({ vector, keyring, archive }: Row) {
  const [, name = '', version = ''] = /^([a-z]+)-(.*)\.tgz$/.exec(archive) ?? [];
  const repository = `${trustOf(keyring)}/${vector.toLowerCase().replace(/\.prov$/, '')}/${name}`;
  return { repository, version, tag: version.replaceAll('+', '_') };
}

type Client = { versions: string; outcome: string; message: string };
const asColumns = (clients: Client[]) =>
  clients.map(({ outcome, message }) => (outcome === 'accept' ? `OK${message}` : `Error: ${message}`));

let world: World;

describe.skipIf(!vectorsDir)('provenance vectors', () => {
  beforeAll(async () => {
    const keyrings = [...new Set(rows.map(({ keyring }) => keyring))];
    world = await createWorld({
      config: {
        trust: Object.fromEntries(keyrings.map((keyring) => [trustOf(keyring), { pgp: keyring }])),
        policies: keyrings.map((keyring) => ({
          name: trustOf(keyring),
          match: [`registry.test/${trustOf(keyring)}/**`],
          require: trustOf(keyring),
        })),
        limits: { rate: { callerVerifications: 1000 } },
      },
      files: Object.fromEntries(keyrings.map((keyring) => [keyring, read(keyring)])),
    });
    for (const row of rows) {
      const { repository, tag } = chartOf(row);
      await world.registry.pushChart(repository, tag, { archive: read(row.archive), prov: read(row.vector) });
    }
  });

  it('are all in the table', () => {
    const vectors = readdirSync(folder).filter((name) => name.endsWith('.prov'));
    expect(rows.map(({ vector }) => vector).sort()).toEqual(vectors.sort());
    expect(vectors).toHaveLength(39);
    expect(vectors).toEqual(expect.arrayContaining(Object.keys(PROVENANCE_DENIED)));
  });

  it.each(rows.map((row) => [row.vector, row] as const))('%s, from a registry', async (_vector, row) => {
    const { repository, version, tag } = chartOf(row);
    // Helm finds a version with "+" only when it is asked for beside the reference.
    const asked =
      tag === version
        ? { reference: `oci://registry.test/${repository}:${tag}` }
        : { reference: `oci://registry.test/${repository}`, version };
    const { status, body } = await ask(world.service, asked, AUTHORIZED);
    expect(status).toBe(200);
    expect(asColumns(body.clients)).toEqual(row.helm);
    expectVerdict(body, row);
  });

  it.each(rows.map((row) => [row.vector, row] as const))('%s, as files', async (_vector, row) => {
    const { status, body } = await askFiles(
      world.service,
      {
        chart: read(row.archive),
        fileName: row.archive,
        provenance: read(row.vector),
        policy: trustOf(row.keyring),
      },
      AUTHORIZED,
    );
    expect(status).toBe(200);
    expect(asColumns(body.clients)).toEqual(row.helm);
    expectVerdict(body, row);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a report as parsed
function expectVerdict(body: any, { vector, openpgp }: Row) {
  const codes = body.reasons.map(({ code }: { code: string }) => code);
  const openpgpTakesIt = /(^|;)OK /.test(openpgp);
  const denied = PROVENANCE_DENIED[vector];
  if (denied === undefined) {
    expect(codes[0]).toBe('policy.satisfied');
    expect(body.verdict).toBe('allow');
    expect(openpgpTakesIt).toBe(true);
    // The signature that counts is the one openpgp.js takes.
    const [, keyId = ''] = /(?:^|;)OK ([0-9a-f]{16})/.exec(openpgp) ?? [];
    const counted = body.evidence.filter(({ trustedAs }: { trustedAs: string[] }) => trustedAs.length > 0);
    const keyIds = counted.map(({ signer }: { signer: { keyId: string } }) => signer.keyId.toLowerCase());
    expect(keyIds).toEqual([keyId]);
    return;
  }
  expect(body.verdict).toBe('deny');
  expect(body.retryable).toBe(false);
  expect(codes).toEqual([...denied, 'policy.unsatisfied']);
  // Nothing is shown as signed that no good signature covers.
  if (denied.some((code) => code.startsWith('pgp.'))) expect(body.subject.chart.signed).toBe(false);
  // What openpgp.js takes is denied by a strict rule alone: of the signed text, or of the block around it.
  if (openpgpTakesIt) expect(denied.join()).toMatch(/^provenance\.|^pgp\.multiple_blocks$/);
}
