import { appendFile, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { CLIENT_CASES, type ClientCase, pushCases } from './cases.ts';
import { type CliResult, chartseal } from './chartseal.ts';
import { errorWords, type Helm, helm } from './helm.ts';
import { keyring } from './keyrings.ts';
import { compare } from './prediction.ts';
import { TABLE_FILE } from './reporter.ts';
import type { Result } from './run.ts';
import { HELM_VERSIONS, type HelmVersion, toolPath } from './tools.ts';

/** `pull --verify` of the real Helm versions, beside what chartseal's report says that they would do. */

const dir = inject('dir');
const installed = HELM_VERSIONS.filter((version) => toolPath(`helm-${version}`));

describe.each(inject('registries').filter(({ auth }) => auth === 'open'))('on $name', ({ name, host }) => {
  const helms = new Map<HelmVersion, Helm>();
  const real = new Map<string, Result>();
  let digest = '';
  let home = '';

  const referenceOf = (one: ClientCase) => `oci://${host}/${one.reference.replace('{digest}', digest)}`;
  const versionOf = (one: ClientCase) => (one.version === undefined ? {} : { version: one.version });

  beforeAll(async () => {
    home = await mkdtemp(join(dir, 'home-'));
    for (const version of installed) helms.set(version, await helm(version, dir));
    const pusher = helms.get('4.2.4') ?? [...helms.values()][0];
    if (pusher) ({ digest } = await pushCases(host, pusher, home));
  });

  describe.skipIf(installed.length === 0).each(CLIENT_CASES)('$name', (one) => {
    it.each(installed)('real Helm %s does what it is known to do', async (version) => {
      const result = await helms
        .get(version)!
        .pullVerified(referenceOf(one), { ...versionOf(one), keyring: await keyring(one.keyring, home) });
      real.set(`${one.name} ${version}`, result);
      const expected = one.helm === true || one.helm instanceof RegExp ? one.helm : one.helm[version];
      if (expected === true) expect(result.stderr, 'accepted').not.toContain('Error:');
      else expect(errorWords(result)).toMatch(expected);
      expect(result.code).toBe(expected === true ? 0 : 1);
    });

    it('chartseal judges it and predicts the clients', async () => {
      const result = await chartseal(
        [
          ...['verify', referenceOf(one), ...(one.version === undefined ? [] : ['--version', one.version])],
          ...['--keyring', await keyring(one.keyring, home), '--plain-http', '--format', 'json'],
        ],
        { home },
      );
      const rows = result.report
        ? installed.map((version) =>
            compare(
              { registry: name, case: one.name },
              version,
              real.get(`${one.name} ${version}`)!,
              result.report!,
            ),
          )
        : [];
      await appendFile(join(dir, TABLE_FILE), rows.map((line) => `${JSON.stringify(line)}\n`).join(''));
      expect(result.code, result.stderr).toBe(one.exit);
      // Without a report (no such chart, a reference that contradicts itself) there is nothing to predict.
      if (!result.report) return expect(result.stderr).not.toBe('');
      if (one.code) expect(result.report.reasons.map(({ code }) => code)).toContain(one.code);
      if (one.unpredicted && result.report.clients.length === 0) return;
      for (const line of rows) expect(line.predicted, line.client).toBe(line.real);
    });
  });

  it.skipIf(installed.length === 0)(
    'two provenance layers: denied, whichever Helm happens to read',
    async () => {
      const result: CliResult = await chartseal(
        [
          'verify',
          `oci://${host}/twice/app:1.2.3`,
          '--keyring',
          await keyring('release', home),
          '--plain-http',
          '--format',
          'json',
        ],
        { home },
      );
      expect(result.code, result.stderr).toBe(1);
      expect(result.report?.reasons.map(({ code }) => code)).toContain('manifest.ambiguous');
    },
  );
});
