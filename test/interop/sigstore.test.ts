import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chartseal, type Service, serve } from './chartseal.ts';
import { type Helm, helm, KEYS } from './helm.ts';
import { armoredReleaseKey } from './signing-service.ts';
import { COSIGN_PASSWORD, SIGSTORE_TOOLS, type SigstoreStack, startSigstore } from './sigstore-stack.ts';
import { toolPath } from './tools.ts';
import { alone, createChart, type Pushed, push } from './unsigned-charts.ts';

/** Charts signed by real cosign and judged by chartseal, signed by chartseal and judged by real cosign. */

const missing = [...SIGSTORE_TOOLS, 'helm-4.2.4' as const].filter((tool) => toolPath(tool) === undefined);
if (missing.length > 0) console.log(`NOT TESTED: cosign and chartseal: ${missing.join(', ')} not installed`);

const WORKFLOW = 'https://github.com/acme/charts/.github/workflows/release.yml@refs/tags/v1.2.3';
const GITHUB_CLAIMS = {
  sub: 'repo:acme/charts:ref:refs/tags/v1.2.3',
  event_name: 'push',
  repository: 'acme/charts',
  ref: 'refs/tags/v1.2.3',
  job_workflow_ref: 'acme/charts/.github/workflows/release.yml@refs/tags/v1.2.3',
};
const MAIL_CLAIMS = { sub: 'dev@example.com', email: 'dev@example.com', email_verified: true };
const HOSTS = ['plain', 'referrers'] as const;
type Host = (typeof HOSTS)[number];

describe.skipIf(missing.length > 0)('cosign and chartseal on the same charts', () => {
  let stack: SigstoreStack;
  let by: Helm;
  let dir = '';
  let archive = '';
  let count = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(inject('dir'), 'sigstore-suite-'));
    stack = await startSigstore(dir);
    by = await helm('4.2.4', dir);
    archive = await createChart(by, 'app', dir, '1.2.3');
    for (const name of ['cosign', 'other']) {
      const { code, stderr } = await stack.cosign(['generate-key-pair', '--output-key-prefix', name]);
      expect(code, stderr).toBe(0);
    }
  });
  afterAll(() => stack?.stop());

  const file = (name: string) => join(stack.dir, name);
  interface Chart extends Pushed {
    host: string;
    /** By digest. */
    pinned: string;
    reference: string;
  }
  async function pushed(where: Host): Promise<Chart> {
    const host = stack[where];
    const chart = await push(by, await alone(archive, dir), host, `c${++count}`);
    const repository = `${host}/${chart.repository}`;
    return {
      ...chart,
      host,
      pinned: `${repository}@${chart.digest}`,
      reference: `oci://${repository}:${chart.tag}`,
    };
  }
  const common = () => ['--trusted-root', stack.trustedRoot, '--allow-http-registry'];
  async function cosignSigns(chart: Chart, args: string[], command: string[] = ['sign']): Promise<void> {
    const { code, stderr } = await stack.cosign([...command, ...args, ...common(), '-y', chart.pinned]);
    expect(code, stderr).toBe(0);
  }
  async function tokenFile(token: string): Promise<string> {
    const path = file(`token-${++count}`);
    await writeFile(path, token);
    return path;
  }
  const withLog = () => ['--signing-config', stack.signingConfig];
  const keyless = async (token: string) => ['--identity-token', await tokenFile(token), ...withLog()];
  async function chartsealSays(chart: Chart, args: string[]) {
    const root = ['--trusted-root', stack.trustedRoot, '--plain-http', '--format', 'json'];
    const result = await chartseal(['verify', chart.reference, ...args, ...root], { home: dir });
    expect(result.report, result.stderr).toBeDefined();
    return { ...result, report: result.report! };
  }
  async function cosignSays(chart: { pinned: string }, args: string[]) {
    const { code, stderr } = await stack.cosign(['verify', ...args, ...common(), chart.pinned]);
    return { accepts: code === 0, words: stderr.trim() };
  }
  const mailIdentity = () => ({ subject: 'dev@example.com', issuer: stack.mail.issuer });
  const githubIdentity = () => ({ subject: WORKFLOW, issuer: stack.github.issuer });
  const identityFor = {
    cosign: ({ subject, issuer }: { subject: string; issuer: string }) => [
      ...['--certificate-identity', subject, '--certificate-oidc-issuer', issuer, '--insecure-ignore-sct'],
    ],
    chartseal: ({ subject, issuer }: { subject: string; issuer: string }) => [
      ...['--subject', subject, '--issuer', issuer, '--certificate-transparency', 'optional'],
    ],
  };

  interface Case {
    name: string;
    sign: (chart: Chart) => Promise<void>;
    chartseal: () => string[];
    cosign: () => string[];
    verdict: 'allow' | 'deny';
    /** What the report says where it denies. */
    code?: string;
    /** cosign says otherwise, for the reason in docs/decisions. */
    differs?: boolean;
  }
  const key = (name: string) => ['--cosign-key', file(`${name}.pub`)];
  const cosignKey = (name: string) => ['--key', file(`${name}.pub`)];
  const LEGACY = ['--new-bundle-format=false', '--use-signing-config=false', '--tlog-upload=false'];
  const OPTIONAL = ['--transparency-log', 'optional'];
  const signWithKey = (name: string, args: () => string[]) => async (chart: Chart) =>
    cosignSigns(chart, ['--key', file(`${name}.key`), ...args()]);
  const attest = async (chart: Chart) => {
    await writeFile(file('scan.json'), '{"clean":true}');
    const type = ['--predicate', file('scan.json'), '--type', 'https://example.com/scan/v1'];
    await cosignSigns(chart, [...type, '--key', file('cosign.key'), ...withLog()], ['attest']);
  };

  const CASES: Case[] = [
    {
      name: 'key, log and timestamp',
      sign: signWithKey('cosign', withLog),
      chartseal: () => key('cosign'),
      cosign: () => cosignKey('cosign'),
      verdict: 'allow',
    },
    {
      name: 'another key',
      sign: signWithKey('cosign', withLog),
      chartseal: () => key('other'),
      cosign: () => cosignKey('other'),
      verdict: 'deny',
      code: 'sigstore.untrusted_key',
    },
    {
      name: 'key without a log, where one is required',
      sign: signWithKey('cosign', () => ['--signing-config', stack.signingConfigBare]),
      chartseal: () => key('cosign'),
      cosign: () => cosignKey('cosign'),
      verdict: 'deny',
      code: 'sigstore.log_missing',
    },
    {
      name: 'key without a log, where none is required',
      sign: signWithKey('cosign', () => ['--signing-config', stack.signingConfigBare]),
      chartseal: () => [...key('cosign'), ...OPTIONAL],
      cosign: () => [...cosignKey('cosign'), '--insecure-ignore-tlog'],
      verdict: 'allow',
    },
    {
      name: 'annotations that are asked for',
      sign: signWithKey('cosign', () => [...withLog(), '-a', 'env=prod']),
      chartseal: () => [...key('cosign'), '-a', 'env=prod'],
      cosign: () => [...cosignKey('cosign'), '-a', 'env=prod'],
      verdict: 'allow',
    },
    {
      name: 'annotations of another value',
      sign: signWithKey('cosign', () => [...withLog(), '-a', 'env=test']),
      chartseal: () => [...key('cosign'), '-a', 'env=prod'],
      cosign: () => [...cosignKey('cosign'), '-a', 'env=prod'],
      verdict: 'deny',
      code: 'sigstore.annotation_mismatch',
    },
    {
      name: 'a signature under the .sig tag',
      sign: signWithKey('cosign', () => LEGACY),
      chartseal: () => [...key('cosign'), ...OPTIONAL],
      cosign: () => [...cosignKey('cosign'), '--insecure-ignore-tlog', '--offline'],
      verdict: 'allow',
    },
    {
      name: 'keyless, a person',
      sign: async (chart) => cosignSigns(chart, await keyless(stack.mail.token(MAIL_CLAIMS))),
      chartseal: () => identityFor.chartseal(mailIdentity()),
      cosign: () => identityFor.cosign(mailIdentity()),
      verdict: 'allow',
    },
    {
      name: 'keyless, somebody else',
      sign: async (chart) => cosignSigns(chart, await keyless(stack.mail.token(MAIL_CLAIMS))),
      chartseal: () => identityFor.chartseal({ ...mailIdentity(), subject: 'mallory@example.com' }),
      cosign: () => identityFor.cosign({ ...mailIdentity(), subject: 'mallory@example.com' }),
      verdict: 'deny',
      code: 'sigstore.identity_mismatch',
    },
    {
      name: 'keyless, vouched for by another issuer',
      sign: async (chart) => cosignSigns(chart, await keyless(stack.mail.token(MAIL_CLAIMS))),
      chartseal: () => identityFor.chartseal({ ...mailIdentity(), issuer: stack.github.issuer }),
      cosign: () => identityFor.cosign({ ...mailIdentity(), issuer: stack.github.issuer }),
      verdict: 'deny',
      code: 'sigstore.issuer_mismatch',
    },
    {
      name: 'keyless, a workflow',
      sign: async (chart) => cosignSigns(chart, await keyless(stack.github.token(GITHUB_CLAIMS))),
      chartseal: () =>
        identityFor.chartseal({ ...githubIdentity(), subject: WORKFLOW.replace('v1.2.3', '*') }),
      cosign: () => identityFor.cosign(githubIdentity()),
      verdict: 'allow',
    },
    {
      name: 'keyless without an SCT, where one is required',
      sign: async (chart) => cosignSigns(chart, await keyless(stack.mail.token(MAIL_CLAIMS))),
      chartseal: () => identityFor.chartseal(mailIdentity()).slice(0, 4),
      cosign: () => identityFor.cosign(mailIdentity()).slice(0, 4),
      verdict: 'deny',
      code: 'sigstore.sct_missing',
    },
    {
      name: 'an attestation is no signature',
      sign: attest,
      chartseal: () => key('cosign'),
      cosign: () => cosignKey('cosign'),
      verdict: 'deny',
      code: 'sigstore.predicate_type',
      differs: true,
    },
    {
      name: 'an attestation, where its type is asked for',
      sign: attest,
      chartseal: () => [...key('cosign'), '--predicate-type', 'https://example.com/scan/v1'],
      cosign: () => cosignKey('cosign'),
      verdict: 'allow',
    },
    {
      name: 'a bundle by another key beside a signature under the .sig tag',
      sign: async (chart) => {
        await signWithKey('cosign', () => LEGACY)(chart);
        await signWithKey('other', withLog)(chart);
      },
      chartseal: () => [...key('cosign'), ...OPTIONAL],
      cosign: () => [...cosignKey('cosign'), '--insecure-ignore-tlog'],
      verdict: 'allow',
      differs: true,
    },
    {
      name: 'nobody signed',
      sign: async () => {},
      chartseal: () => key('cosign'),
      cosign: () => cosignKey('cosign'),
      verdict: 'deny',
      code: 'sigstore.signature_missing',
    },
  ];

  describe.each(HOSTS)('signed by cosign, registry: %s', (where) => {
    it.each(CASES)('$name', async ({ sign, chartseal: ours, cosign: theirs, verdict, code, differs }) => {
      const chart = await pushed(where);
      await sign(chart);
      const { report, code: status } = await chartsealSays(chart, ours());
      expect(report.verdict, JSON.stringify(report.reasons)).toBe(verdict);
      expect(status).toBe(verdict === 'allow' ? 0 : 1);
      expect(report.subject.digest).toBe(chart.digest);
      if (code !== undefined) expect(report.reasons.map((one) => one.code)).toContain(code);
      const { accepts, words } = await cosignSays(chart, theirs());
      expect(accepts, words).toBe((verdict === 'allow') !== (differs === true));
      const predicted = report.clients.find(({ client }) => client === 'cosign');
      if (predicted !== undefined) {
        expect([predicted.outcome, predicted.message]).toEqual([
          accepts ? 'accept' : 'refuse',
          expect.anything(),
        ]);
      }
    });
  });

  describe.each(HOSTS)('signed by chartseal, registry: %s', (where) => {
    let service: Service;

    beforeAll(async () => {
      const host = stack[where];
      const root = stack.trustedRoot;
      const entry = (name: string, fields: object) => ({
        ...{ name, repositories: ['**'], callers: ['interop'] },
        ...fields,
      });
      const cosignSecret = { secret: 'COSIGN_KEY', passphrase: 'COSIGN_PASSWORD' };
      service = await serve(
        dir,
        {
          registries: [{ host, plainHttp: true }],
          trust: {
            release: { pgp: join(KEYS, 'release.asc') },
            cosign: { sigstore: { key: file('cosign.pub'), root } },
            dev: {
              sigstore: { ...mailIdentity(), root, certificateTransparency: 'optional' },
            },
            workflow: {
              sigstore: {
                ...githubIdentity(),
                root,
                certificateTransparency: 'optional',
                extensions: { sourceRepository: 'https://github.com/acme/charts', workflowTrigger: 'push' },
              },
            },
          },
          policies: [
            { name: 'all', match: ['**/all/**'], require: { allOf: ['release', 'cosign', 'dev'] } },
            {
              name: 'any',
              match: ['**'],
              require: { anyOf: ['release', 'cosign', 'dev', 'workflow'] },
            },
          ],
          signing: [
            entry('release', { pgp: { secret: 'RELEASE_KEY' } }),
            entry('cosign', { sigstore: { ...cosignSecret, signingConfig: stack.signingConfig, root } }),
            entry('bare', { sigstore: { ...cosignSecret } }),
            entry('legacy', { sigstore: { ...cosignSecret, legacyTag: true } }),
            entry('keyless', {
              sigstore: { keyless: true, signingConfig: stack.signingConfig, root, ...NO_SCT },
            }),
          ],
          state: { sqlite: 'state.db' },
        },
        {
          COSIGN_KEY: await readFile(file('cosign.key'), 'utf8'),
          COSIGN_PASSWORD,
          RELEASE_KEY: await armoredReleaseKey(),
        },
      );
    });
    afterAll(() => service?.stop());

    const signed = async (chart: Chart, names: string[], more: object = {}) => {
      const { status, body } = await service.sign({
        ...{ reference: chart.reference, expectedDigest: chart.digest, with: names },
        ...more,
      });
      expect([status, body.code, body.detail]).toEqual([201, undefined, undefined]);
      const pinned = `${chart.host}/${chart.repository}@${body.after}`;
      return { ...chart, digest: body.after, pinned, before: chart.digest };
    };

    it('with a key, log and timestamp', async () => {
      const chart = await signed(await pushed(where), ['cosign']);
      expect(chart.digest).toBe(chart.before);
      const { accepts, words } = await cosignSays(chart, cosignKey('cosign'));
      expect(accepts, words).toBe(true);
      expect((await cosignSays(chart, cosignKey('other'))).accepts).toBe(false);
    });

    it('with a key and nothing else', async () => {
      const chart = await signed(await pushed(where), ['bare']);
      const { accepts, words } = await cosignSays(chart, [...cosignKey('cosign'), '--insecure-ignore-tlog']);
      expect(accepts, words).toBe(true);
    });

    it('with a key, under the .sig tag too', async () => {
      const chart = await pushed(where);
      await signWithKey('other', () => LEGACY)(chart);
      const after = await signed(chart, ['legacy']);
      for (const name of ['cosign', 'other']) {
        const flags = ['--insecure-ignore-tlog', '--offline', '--new-bundle-format=false'];
        const { accepts, words } = await cosignSays(after, [...cosignKey(name), ...flags]);
        expect(accepts, `${name}: ${words}`).toBe(true);
      }
    });

    it.each([
      ['a person', () => stack.mail.token(MAIL_CLAIMS), mailIdentity],
      ['a workflow', () => stack.github.token(GITHUB_CLAIMS), githubIdentity],
    ] as const)('keyless: %s', async (_, token, identity) => {
      const chart = await signed(await pushed(where), ['keyless'], { identityToken: token() });
      const { accepts, words } = await cosignSays(chart, identityFor.cosign(identity()));
      expect(accepts, words).toBe(true);
      const { report } = await service.verify({ reference: chart.reference });
      expect(report.verdict, JSON.stringify(report.reasons)).toBe('allow');
    });

    it('by PGP, a key and a person in one request: Helm, cosign and the policy take all of them', async () => {
      const host = stack[where];
      const unsigned = await push(by, await alone(archive, dir), host, `all/c${++count}`);
      const reference = `oci://${host}/${unsigned.repository}:${unsigned.tag}`;
      const chart = { ...unsigned, host, reference, pinned: '' };
      const all = ['release', 'cosign', 'keyless'];
      const after = await signed(chart, all, { identityToken: stack.mail.token(MAIL_CLAIMS) });
      expect(after.digest).not.toBe(unsigned.digest);
      expect((await cosignSays(after, cosignKey('cosign'))).accepts).toBe(true);
      const person = await cosignSays(after, identityFor.cosign(mailIdentity()));
      expect(person.accepts, person.words).toBe(true);
      const pulled = await by.pullVerified(`oci://${host}/${unsigned.repository}`, {
        version: unsigned.version,
        keyring: join(KEYS, 'release.gpg'),
      });
      expect(pulled.code, pulled.stderr).toBe(0);
      const { report } = await service.verify({ reference });
      expect([report.verdict, report.subject.digest]).toEqual(['allow', after.digest]);
      const again = await service.sign({
        ...{ reference, expectedDigest: unsigned.digest, with: all },
        identityToken: stack.mail.token(MAIL_CLAIMS),
      });
      expect([again.status, again.body.after]).toEqual([200, after.digest]);
    });

    it('beside a signature by cosign: nobody loses theirs', async () => {
      const chart = await pushed(where);
      await signWithKey('other', withLog)(chart);
      await signed(chart, ['cosign']);
      await cosignSigns(chart, await keyless(stack.mail.token(MAIL_CLAIMS)));
      for (const args of [cosignKey('cosign'), cosignKey('other'), identityFor.cosign(mailIdentity())]) {
        const { accepts, words } = await cosignSays(chart, args);
        expect(accepts, `${args.join(' ')}: ${words}`).toBe(true);
      }
    });

    it('by eight callers at once: all are there', async () => {
      const chart = await pushed(where);
      const people = Array.from({ length: 8 }, (_, i) => `dev${i}@example.com`);
      await Promise.all(
        people.map((email) =>
          signed(chart, ['keyless'], {
            identityToken: stack.mail.token({ ...MAIL_CLAIMS, sub: email, email }),
          }),
        ),
      );
      for (const subject of people) {
        const identity = identityFor.cosign({ ...mailIdentity(), subject });
        const { accepts, words } = await cosignSays(chart, identity);
        expect(accepts, `${subject}: ${words}`).toBe(true);
      }
    });
  });

  describe.each(HOSTS)('signed by chartseal on the command line, registry: %s', (where) => {
    const services = () => ['--signing-config', stack.signingConfig, '--trusted-root', stack.trustedRoot];

    beforeAll(async () => {
      await writeFile(join(dir, 'release.secret.asc'), await armoredReleaseKey());
      const key = ['--out', `made-${where}`];
      const made = await chartseal(['keys', 'generate', '--cosign', ...key], {
        home: stack.dir,
        env: { COSIGN_PASSWORD },
      });
      expect(made.code, made.stderr).toBe(0);
    });

    async function signs(chart: Chart, args: string[], env: Record<string, string> = {}) {
      const reference = `${chart.reference}@${chart.digest}`;
      const options = { home: dir, env: { COSIGN_PASSWORD, ...env } };
      const result = await chartseal(['sign', reference, '--plain-http', ...args], options);
      expect(result.code, result.stderr).toBe(0);
      return result.stdout;
    }

    /** Runs the commands for cosign that were printed. @returns how many there were */
    async function asPrinted(stdout: string, more: string[] = []): Promise<number> {
      const commands = stdout.split('\n').filter((line) => line.startsWith('  cosign verify '));
      for (const command of commands) {
        const words = [...command.trim().matchAll(/'([^']*)'|(\S+)/g)].map(
          ([, quoted, word]) => quoted ?? word,
        );
        const args = words.slice(1).filter((word) => word !== undefined);
        const { code, stderr } = await stack.cosign([...args, '--trusted-root', stack.trustedRoot, ...more]);
        expect(code, `${command}\n${stderr}`).toBe(0);
      }
      return commands.length;
    }

    it('with a key that chartseal made, and one that cosign made, as cosign is told to verify it', async () => {
      for (const name of [`made-${where}`, 'cosign']) {
        const chart = await pushed(where);
        expect(await asPrinted(await signs(chart, ['--cosign-key', file(`${name}.key`)]))).toBe(1);
        const logged = await pushed(where);
        const args = ['--cosign-key', file(`${name}.key`), ...services()];
        expect(await asPrinted(await signs(logged, args))).toBe(1);
        expect(await signs(logged, args)).toMatch(/^SIGNED ALREADY/);
      }
    });

    it('by PGP, a key and keyless by the token of a job, in one run', async () => {
      const asked: string[] = [];
      const actions = createServer((request, response) => {
        asked.push(`${request.url} ${request.headers.authorization}`);
        response.end(JSON.stringify({ value: stack.github.token(GITHUB_CLAIMS) }));
      });
      await new Promise<void>((resolve) => {
        actions.listen(0, '127.0.0.1', resolve);
      });
      const url = `http://127.0.0.1:${(actions.address() as AddressInfo).port}/token?api-version=2`;
      const chart = await pushed(where);
      const stdout = await signs(
        chart,
        [
          ...['--key', 'release.secret.asc', '--cosign-key', file('cosign.key'), '--keyless'],
          ...['--certificate-transparency', 'optional', ...services()],
        ],
        { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token' },
      );
      actions.close();
      expect(asked).toEqual(['/token?api-version=2&audience=sigstore Bearer request-token']);
      expect(stdout).toContain(WORKFLOW);
      expect(await asPrinted(stdout, ['--insecure-ignore-sct'])).toBe(2);
      const pulled = await by.pullVerified(`oci://${chart.host}/${chart.repository}`, {
        version: chart.version,
        keyring: join(KEYS, 'release.gpg'),
      });
      expect(pulled.code, pulled.stderr).toBe(0);
    });

    it('writes a key that cosign signs with', async () => {
      const chart = await pushed(where);
      await signWithKey(`made-${where}`, withLog)(chart);
      expect((await chartsealSays(chart, key(`made-${where}`))).report.verdict).toBe('allow');
    });
  });
});

const NO_SCT = { certificateTransparency: 'optional' };
