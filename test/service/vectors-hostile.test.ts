import { readdirSync, readFileSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readKeyring } from '../../src/provenance/index.ts';
import { tarEntry } from '../chart/make-tar.ts';
import { askFiles } from '../support/ask-files.ts';
import { CLEARSIGNED } from '../support/expected-clearsigned.ts';
import { TAR_CODES } from '../support/expected-tars.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import { clearsign, makeKey, sha256, type TestKey } from '../support/signing.ts';
import { vectorsDir } from '../support/vectors.ts';
import { AUTHORIZED, appConfig, createWorld, type World } from '../support/world.ts';

const folder = `${vectorsDir}/hostile`;
const read = (path: string) => new Uint8Array(readFileSync(`${folder}/${path}`));
const REFERENCE = 'oci://registry.test/charts/app:1.2.3';
const FRESH = { ...AUTHORIZED, 'cache-control': 'no-cache' };

function filesIn(part: string): string[] {
  if (vectorsDir === undefined) return [];
  return readdirSync(`${folder}/${part}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(`${folder}/${part}/${name}`).isFile())
    .sort();
}

// biome-ignore lint/suspicious/noExplicitAny: a report as parsed
type Report = any;
type Check = { outcome: string; code?: string };
const codesOf = (report: Report): string[] => report.reasons.map(({ code }: { code: string }) => code);

describe.skipIf(!vectorsDir)('clear-signed messages made to deceive, as the provenance of a chart', () => {
  const files = filesIn('clearsign');
  const isKey = (name: string) => /\.pub\.asc$|public-keys\//.test(name);
  const messages = files.filter((name) => /\.(asc|eml)$/.test(name) && !isKey(name));
  // What Go's two OpenPGP libraries said, by file; README.txt cuts long answers off.
  const saidByGo = new Map<string, { old: string; current: string }>();
  let world: World;
  let archive: Uint8Array;

  beforeAll(async () => {
    archive = await fixture('demo/app-1.2.3.tgz');
    const usable: Uint8Array[] = [];
    for (const name of files.filter(isKey)) {
      const bytes = read(`clearsign/${name}`);
      // Some were cut out of source code and are no keys.
      const isUsable = await readKeyring(bytes).then(
        () => true,
        () => false,
      );
      if (isUsable) usable.push(bytes, new TextEncoder().encode('\n'));
    }
    expect(usable.length).toBeGreaterThan(50);
    // Whatever could be held against an old key is let pass, so that only the message itself can be refused.
    world = await createWorld({
      config: {
        trust: { everybody: { pgp: 'everybody.asc', unsafeAllow: ['sha1', 'rsa1024', 'dsa'] } },
        policies: [{ name: 'default', match: ['**'], require: 'everybody' }],
        limits: { rate: { callerVerifications: 1000 } },
      },
      files: { 'everybody.asc': new Uint8Array(Buffer.concat(usable)) },
    });
    const readme = readFileSync(`${folder}/clearsign/README.txt`, 'utf8');
    for (const [, name = '', old = '', current = ''] of readme.matchAll(
      /^(\S+\/\S+)\n.*\n.*; x\/crypto (.*); go-crypto (.*)$/gm,
    )) {
      saidByGo.set(name, { old, current });
    }
    expect(saidByGo.size).toBe(28);
  });

  it('are all in the table', () => {
    expect(messages).toEqual(Object.keys(CLEARSIGNED).sort());
  });

  it.each(files)('%s', async (name) => {
    const prov = read(`clearsign/${name}`);
    await world.registry.pushChart('charts/app', '1.2.3', { archive, prov });
    const pushed = await ask(world.service, { reference: REFERENCE }, FRESH);
    const asFile = await askFiles(
      world.service,
      { chart: archive, fileName: 'app-1.2.3.tgz', provenance: prov, policy: 'default' },
      AUTHORIZED,
    );
    // Keys and notes beside the messages are no messages.
    const expected = CLEARSIGNED[name] ?? { codes: ['pgp.malformed'] };
    for (const { status, body } of [pushed, asFile]) {
      expect(status).toBe(200);
      expect(body.verdict).toBe('deny');
      expect([...new Set(codesOf(body))]).toEqual([...expected.codes, 'policy.unsatisfied']);
      const good = body.evidence.filter(({ checks }: { checks: Check[] }) =>
        checks.some(({ outcome, code }) => outcome === 'pass' && code === 'pgp.signature_good'),
      );
      expect(good).toHaveLength(expected.goodSignatures ?? 0);
      expectHelm(body, name);
    }
    expect(pushed.body.subject.chart.signed).toBe(false);
  });

  // Helm's words are those of the library it uses; a good signature leaves it without a files map.
  function expectHelm(report: Report, name: string) {
    const said = saidByGo.get(name);
    if (said === undefined) return;
    const words = (text: string) =>
      text === 'SIG-OK (no tgz)' ? 'message block must have at least two parts' : text;
    expect(report.clients[0].message.slice(0, words(said.old).length)).toBe(words(said.old));
    expect(report.clients[2].message.slice(0, words(said.current).length)).toBe(words(said.current));
  }
});

describe.skipIf(!vectorsDir)('hostile tars, each with a good signature over its very bytes', () => {
  let world: World;
  let signer: TestKey;

  beforeAll(async () => {
    signer = await makeKey();
    world = await createWorld({
      files: { 'release.asc': signer.publicKey.write() },
      config: { limits: { rate: { callerVerifications: 1000 } } },
    });
  });

  /** Asks for the archive in both ways and returns the reports. */
  async function judge(archive: Uint8Array): Promise<Report[]> {
    const metadata = new TextDecoder().decode(await fixture('charts/app/Chart.yaml'));
    const text = `${metadata}\n...\nfiles:\n  app-1.2.3.tgz: ${sha256(archive)}\n`;
    const prov = new TextEncoder().encode(await clearsign(text, signer));
    await world.registry.pushChart('charts/app', '1.2.3', { archive, prov, config: await appConfig() });
    const pushed = await ask(world.service, { reference: REFERENCE, depth: 'content' }, FRESH);
    const asFile = await askFiles(
      world.service,
      { chart: archive, fileName: 'app-1.2.3.tgz', provenance: prov, reference: REFERENCE },
      AUTHORIZED,
    );
    expect([pushed.status, asFile.status]).toEqual([200, 200]);
    return [pushed.body, asFile.body];
  }

  /** Denied for what the archive is, and for nothing else. */
  async function expectDenied(archive: Uint8Array, codes: string[]) {
    for (const report of await judge(archive)) {
      expect(report.verdict).toBe('deny');
      expect(report.retryable).toBe(false);
      expect([...new Set(codesOf(report))].sort()).toEqual(codes.toSorted());
      expect(report.evidence[0].trustedAs).toEqual(['release']);
    }
  }

  const files = filesIn('tar');
  const tars = files.filter((name) => name.endsWith('.tar'));
  const baseName = (name: string) => name.slice(name.lastIndexOf('/') + 1);

  it('are allowed if they are a good chart', async () => {
    for (const report of await judge(await fixture('demo/app-1.2.3.tgz'))) {
      expect([report.verdict, codesOf(report)]).toEqual(['allow', ['policy.satisfied']]);
    }
  });

  it('are all in the table', () => {
    expect(tars.map(baseName).sort()).toEqual(Object.keys(TAR_CODES).sort());
  });

  it.each(tars)('%s, gzipped', async (name) => {
    await expectDenied(gzipSync(read(`tar/${name}`)), TAR_CODES[baseName(name)] ?? []);
  });

  it.each(files)('%s, as it is', async (name) => {
    await expectDenied(read(`tar/${name}`), ['archive.invalid']);
  });

  it('pax-bad-hdr-large.tar, made anew (it is stored as bzip2)', async () => {
    const body = `1048577 path=${'X'.repeat(1_048_563)}\n`;
    expect(body).toHaveLength(1_048_577);
    const tar = Buffer.concat([
      tarEntry({ name: 'PaxHeaders.0/XXX', type: 'x', body }),
      tarEntry({ name: 'XXX', body: '' }),
      Buffer.alloc(1024),
    ]);
    await expectDenied(gzipSync(tar), ['archive.invalid']);
  });
});
