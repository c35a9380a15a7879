import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@libsql/client/sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningService, startService } from '../../src/node.ts';
import { releaseSecret, signingWorld } from './signing-support.ts';
import { fixture, NO_CREDENTIALS, NOW, RELEASE_KEY } from './support.ts';

const TOKEN = 'correct-horse-battery-staple-correct-horse';
const CONFIG = `
registries: [{ host: registry.test, credentials: { secret: REGISTRY_AUTH } }]
trust: { team: { pgp: release.asc } }
policies: [{ name: here, match: ["**"], require: team }]
callers: { ci: { token: { secret: CI } } }
signing: [{ name: release, pgp: { secret: RELEASE_KEY }, repositories: ["registry.test/charts/**"], callers: [ci] }]
state: { sqlite: audit.db }
`;
const world = await signingWorld({ 'chartseal.yaml': CONFIG, 'release.asc': await fixture('release.asc') });
const { registry, run, push } = world;
world.keepSecret(TOKEN);
const TAG = 'oci://registry.test/charts/app:1.2.3';
const env = { ...NO_CREDENTIALS, CHARTSEAL_TOKEN: TOKEN };

let service: RunningService;
const fetch: typeof globalThis.fetch = (input, init) =>
  String(input).startsWith('http://127.0.0.1:') ? globalThis.fetch(input, init) : world.network(input, init);
const signAt = ({ url }: RunningService, reference: string, ...more: string[]) =>
  run(['sign', reference, '--server', url, '--with', 'release', ...more], { env, fetch });
const sign = (reference: string, ...more: string[]) => signAt(service, reference, ...more);
const start = async (config: string) =>
  startService({
    configPath: join(world.path, config),
    env: { CI: TOKEN, RELEASE_KEY: await releaseSecret(), REGISTRY_AUTH: 'ann:hunter2-hunter2' },
    clock: () => NOW,
    fetch: world.network,
  });

beforeAll(async () => {
  service = await start('chartseal.yaml');
});
afterAll(() => service.close());

describe('chartseal sign --server', () => {
  test('the service signs with its own key, and its record is told', async () => {
    const { digest } = await push('1.2.3');
    const { status, stdout, stderr } = await sign(`${TAG}@${digest}`);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^SIGNED/);
    expect(stdout).toMatch(/audit {5}record \d+, sha256:/);
    expect(stdout).toContain(`${service.url}/keys/pgp.gpg`);
    expect((await run(['verify', TAG, '--keyring', RELEASE_KEY])).status).toBe(0);
    const again = await sign(TAG, '--expected-digest', digest, '--format', 'json');
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false });
  });

  test('--all signs what is shown', async () => {
    await push('1.2.3', 'app-1.2.3.tgz', true, 'charts/many/app');
    await push('1.0.0', 'app-1.0.0.tgz', false, 'charts/many/app');
    const { status, stdout } = await run(
      [
        'sign',
        '--all',
        'oci://registry.test/charts/many/app',
        '--server',
        service.url,
        '--with',
        'release',
        '--yes',
      ],
      { env, fetch },
    );
    expect(stdout).toContain('1 signed, 1 signed already, 0 refused, 0 failed');
    expect(status).toBe(0);
  });

  test('its refusals are 1, a wrong token 2, nobody there 3', async () => {
    await push('1.2.3');
    const refused = await sign(`${TAG}@sha256:${'1'.repeat(64)}`);
    expect(refused.stderr).toContain('sign.digest_mismatch');
    expect(refused.status).toBe(1);
    const tagAlone = await sign(TAG);
    expect(tagAlone.status).toBe(1);
    expect(tagAlone.stderr).toContain(`${TAG}@${registry.getManifest('charts/app', '1.2.3')?.digest}`);
    const args = ['sign', `${TAG}@sha256:${'1'.repeat(64)}`, '--with', 'release'];
    const stranger = await run([...args, '--server', service.url], {
      env: { ...env, CHARTSEAL_TOKEN: 'wrong-token-wrong-token-wrong-token' },
      fetch,
    });
    expect(stranger.stderr).toContain('request.unauthenticated');
    expect(stranger.stderr).not.toContain('wrong-token');
    expect(stranger.status).toBe(2);
    const nobody = await run([...args, '--server', 'https://nobody.test'], { env, fetch });
    expect(nobody.stderr).toContain('server.unavailable');
    expect(nobody.status).toBe(3);
  });

  test.each([
    ['a report', { kind: 'VerificationReport', verdict: 'allow' }],
    ['a list', []],
    ['null', null],
  ])('%s is no answer to a signer: 3', async (_name, body) => {
    const { status, stdout, stderr } = await run(
      ['sign', `${TAG}@sha256:${'1'.repeat(64)}`, '--server', 'https://s.test', '--with', 'release'],
      { env, fetch: async () => Response.json(body) },
    );
    expect(status).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain('server.protocol');
  });
});

describe('chartseal audit', () => {
  // A log of its own, which begins with what is signed here.
  let own: RunningService;
  const SIGNED = ['charts/one/app', 'charts/two/app', 'charts/three/app'];
  beforeAll(async () => {
    await writeFile(join(world.path, 'audited.yaml'), CONFIG.replace('audit.db', 'audited.db'));
    own = await start('audited.yaml');
    for (const repository of SIGNED) {
      const { digest } = await push('1.2.3', 'app-1.2.3.tgz', false, repository);
      await signAt(own, `oci://registry.test/${repository}:1.2.3@${digest}`);
    }
  });
  afterAll(() => own.close());
  const audit = (command: string, ...argv: string[]) =>
    run(['audit', command, ...(argv.includes('--config') ? [] : ['--config', 'audited.yaml']), ...argv]);

  test('list shows who had what signed, without any secret being set', async () => {
    const { status, stdout, stderr } = await audit('list', '--limit', '2');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^1 .* intent ci oci:\/\/registry\.test\/charts\/one\/app:1\.2\.3/);
    expect(stdout).toMatch(/\n2 .* signed ci .*2C984C7BE32F1281116AFEEAB04CC26B7E731EE4/);
    expect(stderr).toContain('--after 2');
    const json = await audit('list', '--after', '1', '--limit', '1', '--format', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ seq: 2, kind: 'signed', caller: 'ci' });
    expect((await audit('list', '--limit', '0')).status).toBe(2);
  });

  test('verify: intact, and with a head that was kept', async () => {
    const plain = await audit('verify', '--format', 'json');
    expect(plain.status).toBe(0);
    const { head, count } = JSON.parse(plain.stdout);
    expect(count).toBe(2 * SIGNED.length);
    const held = await audit('verify', '--head', head.hash);
    expect(held.status).toBe(0);
    expect(held.stdout).toMatch(/^INTACT/);
    const other = await audit('verify', '--head', `sha256:${'1'.repeat(64)}`);
    expect(other.status).toBe(1);
    expect(other.stdout).toContain('cut off or written anew');
    expect((await audit('verify', '--head', 'abc')).status).toBe(2);
  });

  test('verify: a record that was edited, and an end that was cut off: 1', async () => {
    await writeFile(join(world.path, 'edited.yaml'), CONFIG.replace('audit.db', 'edited.db'));
    const whole = createClient({ url: `file:${join(world.path, 'audited.db')}` });
    await whole.execute(`vacuum into '${join(world.path, 'edited.db')}'`);
    whole.close();
    const verify = (...argv: string[]) => audit('verify', '--config', 'edited.yaml', ...argv);
    const { head } = JSON.parse((await verify('--format', 'json')).stdout);
    const database = createClient({ url: `file:${join(world.path, 'edited.db')}` });
    const tables = await database.execute(
      "select name from sqlite_master where type = 'table' and name like '%audit%'",
    );
    const table = String(tables.rows[0]?.name);
    await dropGuards(database);
    await database.execute(`delete from ${table} where seq = ${head.seq}`);
    expect((await verify()).status).toBe(0);
    expect((await verify('--head', head.hash)).status).toBe(1);
    await database.execute(`update ${table} set caller = 'nobody' where seq = 2`);
    database.close();
    const { status, stdout } = await verify();
    expect(status).toBe(1);
    expect(stdout).toMatch(/^BROKEN {2}record 2 was edited/);
  });

  test('no log yet, no configuration, nothing that signs: 2, and no file is made', async () => {
    await writeFile(join(world.path, 'fresh.yaml'), CONFIG.replace('audit.db', 'fresh.db'));
    const fresh = await audit('verify', '--config', 'fresh.yaml');
    expect(fresh.status).toBe(2);
    expect(fresh.stderr).toContain('no audit log yet');
    expect((await audit('verify', '--config', 'fresh.yaml')).stderr).toContain('no audit log yet');
    expect((await audit('verify', '--config', 'nowhere.yaml')).status).toBe(2);
    await writeFile(
      join(world.path, 'none.yaml'),
      CONFIG.replace(/signing:.*\nstate:.*\n|, credentials: \{.*?\}/g, ''),
    );
    const none = await audit('list', '--config', 'none.yaml');
    expect(none.status).toBe(2);
    expect(none.stderr).toContain('"signing"');
  });
});

async function dropGuards(database: ReturnType<typeof createClient>): Promise<void> {
  const triggers = await database.execute("select name from sqlite_master where type = 'trigger'");
  for (const { name } of triggers.rows) await database.execute(`drop trigger ${name}`);
}
