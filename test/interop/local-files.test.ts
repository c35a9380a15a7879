import { appendFile, copyFile, mkdtemp } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { chartseal } from './chartseal.ts';
import { DEMO, errorWords, type Helm, helm, KEYS } from './helm.ts';
import { compare } from './prediction.ts';
import { TABLE_FILE } from './reporter.ts';
import type { Result } from './run.ts';
import { HELM_VERSIONS, type HelmVersion, toolPath } from './tools.ts';

/** `helm verify` of local files by the real Helm versions, beside what chartseal predicts of it; both are
 * run in the archive's folder, as Helm's words hold the path that it was given. */

interface FileCase {
  name: string;
  archive: string;
  keyring: string;
  exit: 0 | 1;
  code?: string;
  helm: true | RegExp | Record<HelmVersion, true | RegExp>;
}

const dir = inject('dir');
const installed = HELM_VERSIONS.filter((version) => toolPath(`helm-${version}`));
const expired = /^openpgp: key expired$/;
const CASES: readonly FileCase[] = [
  { name: 'good', archive: 'app-1.2.3.tgz', keyring: 'release', exit: 0, helm: true },
  {
    name: 'signed by Helm 3.21.3',
    archive: 'helm-3.21.3/app-1.2.3.tgz',
    keyring: 'release',
    exit: 0,
    helm: true,
  },
  { name: '+build', archive: 'app-1.2.3+build.7.tgz', keyring: 'release', exit: 0, helm: true },
  { name: 'subchart', archive: 'umbrella-0.3.0.tgz', keyring: 'release', exit: 0, helm: true },
  { name: 'v1 chart', archive: 'legacy-0.1.0.tgz', keyring: 'release', exit: 0, helm: true },
  {
    name: 'tampered',
    archive: 'tampered/app-1.2.3.tgz',
    keyring: 'release',
    exit: 1,
    code: 'pgp.digest_mismatch',
    helm: /^sha256 sum does not match for app-1\.2\.3\.tgz: /,
  },
  {
    name: "stranger's",
    archive: 'stranger/app-1.2.3.tgz',
    keyring: 'release',
    exit: 1,
    code: 'pgp.untrusted_key',
    helm: /^openpgp: signature made by unknown entity$/,
  },
  {
    name: 'unsigned',
    archive: 'unsigned/app-1.2.3.tgz',
    keyring: 'release',
    exit: 1,
    code: 'pgp.provenance_missing',
    helm: /could not load provenance file/,
  },
  {
    name: 'key expired since',
    archive: 'expired/app-1.2.3.tgz',
    keyring: 'expired',
    exit: 0,
    helm: { '3.21.3': true, '3.21.4': expired, '4.2.4': expired },
  },
  {
    name: 'Ed25519 key',
    archive: 'ed25519/app-1.2.3.tgz',
    keyring: 'ed25519',
    exit: 0,
    helm: { '3.21.3': /public key type: 22$/, '3.21.4': true, '4.2.4': true },
  },
  {
    name: 'file renamed',
    archive: 'RENAMED/other-1.2.3.tgz',
    keyring: 'release',
    exit: 1,
    code: 'chart.name_mismatch',
    helm: /^provenance does not contain a SHA for a file named "other-1\.2\.3\.tgz"$/,
  },
];

describe.skipIf(installed.length === 0).each(CASES)('$name', (one) => {
  const helms = new Map<HelmVersion, Helm>();
  const real = new Map<HelmVersion, Result>();
  const keyring = join(KEYS, `${one.keyring}.gpg`);
  let home = '';
  let archive = join(DEMO, one.archive);

  beforeAll(async () => {
    home = await mkdtemp(join(dir, 'home-'));
    if (one.archive.startsWith('RENAMED/')) {
      archive = join(home, 'other-1.2.3.tgz');
      await copyFile(join(DEMO, 'app-1.2.3.tgz'), archive);
      await copyFile(join(DEMO, 'app-1.2.3.tgz.prov'), `${archive}.prov`);
    }
    for (const version of installed) helms.set(version, await helm(version, dir));
  });

  it.each(installed)('real Helm %s does what it is known to do', async (version) => {
    const result = await helms
      .get(version)!
      .run(['verify', basename(archive), '--keyring', keyring], dirname(archive));
    real.set(version, result);
    const expected = one.helm === true || one.helm instanceof RegExp ? one.helm : one.helm[version];
    if (expected === true) expect(result.stderr, 'accepted').not.toContain('Error:');
    else expect(errorWords(result)).toMatch(expected);
    expect(result.code).toBe(expected === true ? 0 : 1);
  });

  it('chartseal judges it and predicts the clients', async () => {
    const result = await chartseal(['verify', basename(archive), '--keyring', keyring, '--format', 'json'], {
      home,
      cwd: dirname(archive),
    });
    expect(result.report, result.stderr).toBeDefined();
    const where = { registry: 'local', case: `file: ${one.name}` };
    const rows = installed.map((version) => compare(where, version, real.get(version)!, result.report!));
    await appendFile(join(dir, TABLE_FILE), rows.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(result.code, result.stderr).toBe(one.exit);
    expect(result.report?.subject).toMatchObject({ digest: null, pinned: null });
    if (one.code) expect(result.report?.reasons.map(({ code }) => code)).toContain(one.code);
    for (const line of rows) expect(line.predicted, line.client).toBe(line.real);
  });
});
