import { beforeEach, describe, expect, test } from 'vitest';
import { signingWorld } from './signing-support.ts';
import { RELEASE_KEY } from './support.ts';

const { registry, run, push, network } = await signingWorld();
// A new one for each test; the last segment is the name of the chart.
let repository: string;
let round = 0;
const all = (...more: string[]) => run(['sign', '--all', whole(), '--key', 'release.secret.asc', ...more]);
const whole = () => `oci://registry.test/${repository}`;
const named = (tag: string) => registry.getManifest(repository, tag)?.digest;
const writes = () => registry.requests.filter(({ method }) => method === 'PUT' || method === 'POST');

let digests: Record<string, string>;
beforeEach(async () => {
  registry.reset();
  digests = {};
  repository = `charts-${++round}/app`;
  for (const [tag, archive] of [
    ['1.0.0', 'app-1.0.0.tgz'],
    ['1.2.3', 'app-1.2.3.tgz'],
    ['1.2.3_build.7', 'app-1.2.3+build.7.tgz'],
  ] as const)
    digests[tag] = (await push(tag, archive, false, repository)).digest;
  registry.requests.length = 0;
});

describe('chartseal sign --all', () => {
  test('shows tags and digests, asks, and signs those digests', async () => {
    let question = '';
    const { status, stdout, stderr } = await run(['sign', '--all', whole(), '--key', 'release.secret.asc'], {
      ask: async (text) => {
        question = text;
        return 'y';
      },
    });
    expect(status).toBe(0);
    expect(question).toContain('these 3 charts?');
    for (const [tag, digest] of Object.entries(digests)) {
      expect(stderr).toContain(tag);
      expect(stderr).toContain(digest);
      expect(stdout).toContain(`${digest} -> ${named(tag)}`);
      const verified = await run(['verify', `${whole()}:${tag}`, '--keyring', RELEASE_KEY]);
      expect(verified.status).toBe(0);
    }
    expect(stderr).toContain('3/3 signed');
    expect(stdout).toContain('3 signed, 0 signed already, 0 refused, 0 failed');
  });

  test.each([['n'], [''], [undefined], ['yesterday']])('the answer %j signs nothing: 1', async (answer) => {
    const { status, stderr } = await run(['sign', '--all', whole(), '--key', 'release.secret.asc'], {
      ask: async () => answer,
    });
    expect(status).toBe(1);
    expect(stderr).toContain('nothing was signed');
    expect(writes()).toEqual([]);
  });

  test('where nobody can be asked: 2, after the list; --yes is named', async () => {
    const { status, stderr } = await all();
    expect(status).toBe(2);
    expect(stderr).toContain(digests['1.0.0']);
    expect(stderr).toContain('--yes');
    expect(writes()).toEqual([]);
  });

  test('goes on where it was broken off: what is signed is passed over', async () => {
    await run(['sign', `${whole()}:1.0.0@${digests['1.0.0']}`, '--key', 'release.secret.asc']);
    const signed = named('1.0.0');
    const { status, stdout } = await all('--yes', '--format', 'json');
    expect(status).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer.summary).toEqual({ signed: 2, unchanged: 1, refused: 0, failed: 0 });
    expect(named('1.0.0')).toBe(signed);
    registry.requests.length = 0;
    expect((await all('--yes')).status).toBe(0);
    expect(writes()).toEqual([]);
  });

  test('1 when one is refused; the others are signed all the same, and each says why', async () => {
    await push('2.0.0', 'app-1.0.0.tgz', false, repository);
    const { status, stdout, stderr } = await all('--yes', '--concurrency', '1');
    expect(status).toBe(1);
    expect(stdout).toMatch(/refused +2\.0\.0 +sign\.archive: .*chart\.version_mismatch/);
    expect(stdout).toContain('3 signed, 0 signed already, 1 refused, 0 failed');
    expect(stderr).toContain('refused 2.0.0');
  });

  test('3 when the registry fails at one', async () => {
    registry.quirks.status = [{ match: /PUT .*manifests\/1\.0\.0/, status: 503 }];
    const { status, stdout } = await all('--yes');
    expect(stdout).toContain('2 signed, 0 signed already, 0 refused, 1 failed');
    expect(status).toBe(3);
  });

  test('a tag that moves after it was shown is not signed', async () => {
    const { status, stdout } = await run(
      ['sign', '--all', whole(), '--key', 'release.secret.asc', '--concurrency', '2'],
      {
        ask: async () => {
          await registry.putManifest(repository, '1.2.3', registry.getManifest(repository, '1.0.0')!.bytes);
          return 'yes';
        },
      },
    );
    expect(status).toBe(1);
    expect(stdout).toMatch(/refused +1\.2\.3 +sign\.digest_mismatch/);
    expect(named('1.2.3')).toBe(digests['1.0.0']);
  });

  test('tags of one digest stay tags of one digest; lists of referrers are no charts', async () => {
    const { bytes } = registry.getManifest(repository, '1.2.3')!;
    await registry.putManifest(repository, 'latest', bytes);
    await registry.putManifest(repository, `sha256-${'1'.repeat(64)}`, bytes);
    await registry.putManifest(repository, `sha256-${'1'.repeat(64)}.sig`, bytes);
    const { status, stderr } = await all('--yes');
    expect(status).toBe(0);
    expect(stderr).not.toContain('sha256-');
    expect(named('latest')).toBe(named('1.2.3'));
    expect(named('latest')).not.toBe(digests['1.2.3']);
  });

  test('--dry-run asks nobody and writes nothing', async () => {
    const { status, stdout, stderr } = await all('--dry-run');
    expect(status).toBe(0);
    expect(`${stdout}${stderr}`).not.toMatch(/^(\d\/\d )?signed/m);
    expect(stdout).toContain('3 would be signed');
    expect(writes()).toEqual([]);
  });

  test('never more at a time than --concurrency', async () => {
    let open = 0;
    let most = 0;
    const counting: typeof fetch = async (input, init) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      try {
        return await network(input, init);
      } finally {
        open -= 1;
      }
    };
    const args = ['sign', '--all', whole(), '--key', 'release.secret.asc', '--yes', '--concurrency', '1'];
    expect((await run(args, { fetch: counting })).status).toBe(0);
    expect(most).toBe(1);
  });

  test.each([
    [['--concurrency', '0'], '--concurrency'],
    [['--concurrency', 'many'], '--concurrency'],
    [['--expected-digest', `sha256:${'1'.repeat(64)}`], '--all'],
  ])('%j: 2', async (more, near) => {
    const { status, stderr } = await all('--yes', ...more);
    expect(status).toBe(2);
    expect(stderr).toContain(near);
  });

  test('a tag beside --all: 2', async () => {
    const { status } = await run(['sign', '--all', `${whole()}:1.0.0`, '--key', 'release.secret.asc']);
    expect(status).toBe(2);
  });
});
