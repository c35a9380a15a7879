import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type AuditRecord, verifyChain } from '../../src/state/index.ts';
import { makeTar } from '../chart/make-tar.ts';
import { hasPostgres, type Postgres, startPostgres } from '../support/postgres.ts';
import { makeKey } from '../support/signing.ts';
import { helm } from './helm.ts';
import { type HoldingProxy, startHoldingProxy } from './holding-proxy.ts';
import {
  digestOf,
  getManifest,
  OCI_INDEX,
  OCI_MANIFEST,
  PROVENANCE_LAYER,
  putBlob,
  putManifest,
  type RawManifest,
} from './raw.ts';
import { type SigningService, startSigning } from './signing-service.ts';
import { HELM_VERSIONS, toolPath } from './tools.ts';

/** Two replicas of one service, each a process, on one PostgreSQL and one real registry. */

const registries = inject('registries').filter(({ auth }) => auth === 'open');
if (!hasPostgres) {
  console.log('NOT TESTED: replicas on PostgreSQL: PostgreSQL 15 is not installed');
  if (process.env.CHARTSEAL_INTEROP_REQUIRE === '1') throw new Error('missing program: PostgreSQL 15');
}
const installed = HELM_VERSIONS.filter((version) => toolPath(`helm-${version}`));

// Of replicas that are killed, so that nobody waits a minute; longer than one signature takes on a busy machine.
const SHORT_LEASE_MS = 5000;
const TAGS = Array.from({ length: 10 }, (_, i) => `1.0.${i}`);
const SIGNERS = 50;
const EXTRA_KEYS = ['second', 'third', 'fourth', 'fifth'];

let dir = '';
let database: Postgres;
let keys: Record<string, string> = {};

describe.skipIf(!hasPostgres || registries.length === 0)('replicas on PostgreSQL', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(inject('dir'), 'replicas-'));
    database = await startPostgres();
    const made = await Promise.all(EXTRA_KEYS.map((name) => makeKey({ name })));
    keys = Object.fromEntries(made.map(({ privateKey }, i) => [EXTRA_KEYS[i]!, privateKey.armor()]));
  });
  afterAll(() => database?.stop());

  const start = (hosts: string[], leaseMs = 60_000) =>
    startSigning({ dir, hosts, keys, postgres: database.url, leaseMs });

  describe.each(registries)('at once on $name', ({ name, host }) => {
    let replicas: SigningService[];
    beforeAll(async () => {
      replicas = await Promise.all([start([host]), start([host])]);
    });
    afterAll(() => Promise.all(replicas?.map((replica) => replica.stop()) ?? []));
    const replica = (i: number) => replicas[i % replicas.length]!;

    it('50 signers of 10 tags: each is signed once, and the log has all of it', async () => {
      const unsigned = new Map<string, string>();
      for (const tag of TAGS) unsigned.set(tag, await pushUnsigned(host, 'many/app', tag));
      const answers = await Promise.all(
        Array.from({ length: SIGNERS }, async (_, i) => {
          const tag = TAGS[i % TAGS.length]!;
          const reference = `oci://${host}/many/app:${tag}`;
          // The signers of one tag are spread over both replicas.
          const at = replica(Math.floor(i / TAGS.length));
          return { tag, ...(await at.sign({ reference, expectedDigest: unsigned.get(tag) })) };
        }),
      );
      const records = await replica(0).audit();
      for (const tag of TAGS) {
        const own = answers.filter((answer) => answer.tag === tag);
        expect(own.map(({ status }) => status).sort(), JSON.stringify(own)).toEqual([
          200, 200, 200, 200, 201,
        ]);
        const manifest = await getManifest(host, 'many/app', tag);
        expect(new Set(own.map(({ body }) => body.after))).toEqual(new Set([digestOf(manifest)]));
        expect(provenanceLayers(manifest)).toBe(1);
        const kinds = kindsOf(records, `oci://${host}/many/app:${tag}`);
        expect(kinds).toEqual(['intent', 'signed', 'unchanged', 'unchanged', 'unchanged', 'unchanged']);
      }
      const chain = await verifyChain(records, { head: records.at(-1)!.hash });
      expect(chain.intact, JSON.stringify(chain)).toBe(true);
      const known = new Map(records.map(({ seq, hash }) => [seq, hash]));
      for (const { body } of answers) expect(known.get(body.audit.seq)).toBe(body.audit.hash);
      console.log(
        `concurrency on ${name}: ${SIGNERS} signers of ${TAGS.length} tags, ${count(answers, 201)} signed, ` +
          `${count(answers, 200)} unchanged; ${records.length} records, chain intact`,
      );
    });

    it.skipIf(installed.length === 0)('and Helm accepts all of them', async () => {
      const real = await helm(installed.at(-1)!, dir);
      const keyring = await replica(0).keyring();
      for (const version of TAGS) {
        const result = await real.pullVerified(`oci://${host}/many/app`, { version, keyring });
        expect(result.code, result.stderr).toBe(0);
      }
    });

    it('one request that names a tag five times signs it once', async () => {
      const expectedDigest = await pushUnsigned(host, 'batch/app', '1.0.0');
      const one = { reference: `oci://${host}/batch/app:1.0.0`, expectedDigest };
      const { status, body } = await replica(0).sign({ references: [one, one, one, one, one] });
      expect(status, JSON.stringify(body)).toBe(201);
      const answers = body as unknown as { changed: boolean; after: string }[];
      expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
      expect(new Set(answers.map(({ after }) => after)).size).toBe(1);
    });

    it('detached: 30 signers with 5 keys of one digest, and no referrer is lost', async () => {
      const digest = await pushUnsigned(host, 'detached/app', '1.0.0');
      const foreign = await putForeignReferrer(host, 'detached/app', digest);
      const names = ['release', ...EXTRA_KEYS];
      const references = [`oci://${host}/detached/app:1.0.0`, `oci://${host}/detached/app@${digest}`];
      const answers = await Promise.all(
        Array.from({ length: 30 }, async (_, i) => {
          const key = names[i % names.length]!;
          const order = { mode: 'detached', with: [key], expectedDigest: digest };
          const reference = references[Math.floor(i / names.length) % references.length]!;
          return { key, ...(await replica(i).sign({ ...order, reference })) };
        }),
      );
      for (const key of names) {
        const statuses = answers.filter((answer) => answer.key === key).map(({ status }) => status);
        expect(statuses.sort(), key).toEqual([200, 200, 200, 200, 200, 201]);
      }
      const index = JSON.parse(
        await getManifest(host, 'detached/app', digest.replace(':', '-'), OCI_INDEX),
      ) as { manifests: { digest: string; artifactType: string }[] };
      const entries = index.manifests.map((entry) => entry.digest);
      expect(entries).toContain(foreign);
      expect(new Set(entries).size).toBe(names.length + 1);
      expect(entries).toHaveLength(names.length + 1);
      expect(digestOf(await getManifest(host, 'detached/app', '1.0.0')), 'the chart itself').toBe(digest);
      console.log(
        `concurrency on ${name}: 30 detached signers with ${names.length} keys, ${count(answers, 201)} signed; ` +
          `${entries.length} referrers, one of them another's`,
      );
    });
  });

  describe('a replica that is killed while it signs', () => {
    const { host } = registries[0]!;
    let proxy: HoldingProxy;
    let other: SigningService;
    const sql = () => postgres(database.url, { max: 1, onnotice: () => {} });

    beforeAll(async () => {
      proxy = await startHoldingProxy(host);
      other = await start([proxy.host], SHORT_LEASE_MS);
    });
    afterAll(async () => {
      await other?.stop();
      proxy?.close();
    });

    it.each([
      { step: 'before it writes anything', when: 'before', method: 'POST', path: /\/blobs\/uploads\// },
      { step: 'before it puts the manifest', when: 'before', method: 'PUT', path: /\/manifests\/sha256:/ },
      { step: 'before it reads the result', when: 'after', method: 'PUT', path: /\/manifests\/sha256:/ },
      { step: 'before it moves the tag', when: 'before', method: 'PUT', path: /\/manifests\/1\.0\.\d$/ },
      { step: 'when it has moved the tag', when: 'after', method: 'PUT', path: /\/manifests\/1\.0\.\d$/ },
    ] as const)('$step: signed again, with the same result', async ({ when, method, path, step }) => {
      const repository = `killed/${step.replaceAll(' ', '-')}/app`;
      const expectedDigest = await pushUnsigned(host, repository, '1.0.0');
      const reference = `oci://${proxy.host}/${repository}:1.0.0`;
      const order = { reference, expectedDigest };
      const moved = when === 'after' && path.test('/manifests/1.0.0');

      const first = await start([proxy.host], SHORT_LEASE_MS);
      const held = proxy.hold(when, method, path);
      const lost = first.sign(order).catch(() => 'no answer');
      await held;
      await first.kill();
      expect(await lost).toBe('no answer');
      const named = digestOf(await getManifest(host, repository, '1.0.0'));
      if (moved) expect(named).not.toBe(expectedDigest);
      else expect(named).toBe(expectedDigest);

      // The lock is held by nobody alive, and it is waited for.
      const database = sql();
      const leases =
        await database`select key from chartseal_leases where key like ${`%/${repository}:1.0.0`}`;
      expect(leases).toHaveLength(1);
      await database.end();
      const second = await other.sign(order);
      expect([second.status, second.body.code, second.body.detail]).toEqual([
        moved ? 200 : 201,
        undefined,
        undefined,
      ]);
      if (moved) expect(second.body.after).toBe(named);

      const again = await start([proxy.host], SHORT_LEASE_MS);
      const third = await again.sign(order);
      expect([third.status, third.body.after]).toEqual([200, second.body.after]);
      const records = await again.audit();
      expect((await again.verify(reference)).verdict).toBe('allow');
      await again.stop();

      const manifest = await getManifest(host, repository, '1.0.0');
      expect(digestOf(manifest)).toBe(second.body.after);
      expect(provenanceLayers(manifest)).toBe(1);
      expect(kindsOf(records, reference)).toEqual(
        moved ? ['intent', 'unchanged', 'unchanged'] : ['intent', 'intent', 'signed', 'unchanged'],
      );
      const chain = await verifyChain(records, { head: records.at(-1)!.hash });
      expect(chain.intact, JSON.stringify(chain)).toBe(true);
    });
  });
});

function count(answers: { status: number }[], wanted: number): number {
  return answers.filter(({ status }) => status === wanted).length;
}

function kindsOf(records: AuditRecord[], reference: string): string[] {
  return records.filter((record) => record.reference === reference).map(({ kind }) => kind);
}

function provenanceLayers(manifest: string): number {
  const { layers } = JSON.parse(manifest) as RawManifest;
  return layers.filter(({ mediaType }) => mediaType === PROVENANCE_LAYER).length;
}

/** A small chart `app`, as `helm push` would put it. Gives the digest of its manifest. */
async function pushUnsigned(host: string, repository: string, version: string): Promise<string> {
  const metadata = { apiVersion: 'v2', name: 'app', version };
  const yaml = `apiVersion: v2\nname: app\nversion: ${version}\n`;
  const archive = new Uint8Array(gzipSync(makeTar([{ name: 'app/Chart.yaml', body: yaml }])));
  const config = new Uint8Array(Buffer.from(JSON.stringify(metadata)));
  return putManifest(host, repository, version, {
    schemaVersion: 2,
    config: await putBlob(host, repository, config, 'application/vnd.cncf.helm.config.v1+json'),
    layers: [await putBlob(host, repository, archive, 'application/vnd.cncf.helm.chart.content.v1.tar+gzip')],
  });
}

/** Somebody else's referrer, in the index that a registry without an API for referrers has. */
async function putForeignReferrer(host: string, repository: string, subject: string): Promise<string> {
  const empty = await putBlob(
    host,
    repository,
    new Uint8Array(Buffer.from('{}')),
    'application/vnd.oci.empty.v1+json',
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: 'application/vnd.example.scan',
    config: empty,
    layers: [empty],
    subject: {
      mediaType: OCI_MANIFEST,
      digest: subject,
      size: Buffer.byteLength(await getManifest(host, repository, subject)),
    },
  };
  const size = Buffer.byteLength(JSON.stringify(manifest));
  const digest = digestOf(JSON.stringify(manifest));
  await putManifest(host, repository, digest, manifest);
  const entry = { mediaType: OCI_MANIFEST, digest, size, artifactType: manifest.artifactType };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry] };
  await putManifest(host, repository, subject.replace(':', '-'), index, OCI_INDEX);
  return digest;
}
