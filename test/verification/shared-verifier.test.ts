import { describe, expect, it } from 'vitest';
import { type Config, policyFromKeyrings } from '../../src/config/index.ts';
import type { Report } from '../../src/report/index.ts';
import type { VerifyContext, VerifyRequest } from '../../src/verification/index.ts';
import { createSharedVerifier } from '../../src/verifier.ts';
import { failure } from '../oci/support.ts';
import { fixture } from '../support/fixtures.ts';

const APP = 'oci://registry.test/charts/app:1.2.3';
const config = await policyFromKeyrings({
  files: [{ name: 'release', bytes: await fixture('keys/release.asc') }],
});

/** The same configuration with policies that differ from its own in this. */
function withPolicies(...differences: object[]): Config {
  const [policy] = config.policies;
  return { ...config, policies: differences.map((more) => ({ ...policy, ...more })) } as Config;
}

/** A verifier whose work ends when the test says so. */
function world() {
  const works: { request: VerifyRequest; signal: AbortSignal | undefined; end: (report: Report) => void }[] =
    [];
  const verify = createSharedVerifier(
    (request, { signal }) =>
      new Promise((end, fail) => {
        works.push({ request, signal, end });
        signal?.addEventListener('abort', () => fail(new Error('work was given up')));
      }),
  );
  let ids = 0;
  const ask = (request: VerifyRequest, more: Partial<VerifyContext> = {}) =>
    verify(request, {
      config,
      clock: () => 0,
      newId: () => `copy-${++ids}`,
      scope: 'callers',
      ...more,
    } as VerifyContext);
  return { works, ask };
}

const REPORT = { id: 'first', verdict: 'allow', stats: { cache: 'miss', registryRequests: 2 } } as Report;

describe('a shared verifier', () => {
  it('does the work once for those who ask the same, and gives each a report with its own id', async () => {
    const { works, ask } = world();
    const answers = [ask({ reference: APP }), ask({ reference: APP }), ask({ reference: APP })];
    expect(works).toHaveLength(1);
    works[0]?.end(REPORT);
    const reports = await Promise.all(answers);
    expect(reports.map(({ id }) => id)).toEqual(['first', 'copy-1', 'copy-2']);
    expect(reports[1]?.stats).toMatchObject({ cache: 'hit', registryRequests: 0 });
    void ask({ reference: APP });
    expect(works).toHaveLength(2);
  });

  it.each<[string, VerifyRequest, Partial<VerifyContext>]>([
    ['another tag', { reference: `${APP}4` }, {}],
    ['another digest', { reference: `${APP}@sha256:${'0'.repeat(64)}` }, {}],
    ['a range', { reference: 'oci://registry.test/charts/app', version: '^1.2.3' }, {}],
    ['another depth', { reference: APP, depth: 'content' }, {}],
    ['anyone instead of callers', { reference: APP }, { scope: 'anyone' }],
    ['who has no credentials', { reference: APP }, { anonymous: true }],
    ['another policy', { reference: APP }, { config: withPolicies({ name: 'other' }) }],
    [
      'another state of the policy',
      { reference: APP },
      { config: withPolicies({ revision: 'sha256:other' }) },
    ],
    [
      'a further policy',
      { reference: APP, policy: 'further' },
      { config: withPolicies({}, { name: 'further' }) },
    ],
    ['fresh answers', { reference: APP }, { noCache: true }],
    ['a budget shared with others', { reference: APP }, { budget: { requests: 9 } }],
    ['a keyring', { reference: APP }, { keyringPolicy: config }],
    ['what cannot be read', { reference: 'oci://' }, {}],
  ])('does not mix with %s', (_, request, more) => {
    const { works, ask } = world();
    void ask({ reference: APP });
    void ask(request, more);
    expect(works).toHaveLength(2);
  });

  it('does not mix versions of one repository, nor a version with none', () => {
    const { works, ask } = world();
    const reference = 'oci://registry.test/charts/app';
    for (const version of ['1.2.3', '1.2.4', '1.2.3+b', '^1.2.3', '^1.2.4', undefined]) {
      void ask({ reference, ...(version === undefined ? {} : { version }) });
    }
    expect(works).toHaveLength(6);
  });

  it('goes on while somebody waits, and ends when the last one has left', async () => {
    const { works, ask } = world();
    const first = new AbortController();
    const second = new AbortController();
    const answers = [
      failure(ask({ reference: APP }, { signal: first.signal })),
      failure(ask({ reference: APP }, { signal: second.signal })),
    ];
    first.abort();
    expect((await answers[0])?.code).toBe('registry.cancelled');
    expect(works[0]?.signal?.aborted).toBe(false);
    second.abort();
    expect((await answers[1])?.code).toBe('registry.cancelled');
    expect(works[0]?.signal?.aborted).toBe(true);
    void ask({ reference: APP }).catch(() => {});
    expect(works).toHaveLength(2);
  });

  it('asks once more, together, when whoever began it had no time to wait for a turn', async () => {
    const { works, ask } = world();
    const answers = [1000, 9000, 9000].map((deadlineMs) => ask({ reference: APP }, { deadlineMs }));
    const busy = {
      ...REPORT,
      verdict: 'inconclusive',
      reasons: [{ code: 'limit.load' }],
    } as unknown as Report;
    works[0]?.end(busy);
    expect((await answers[0])?.verdict).toBe('inconclusive');
    expect(works).toHaveLength(2);
    works[1]?.end(REPORT);
    expect((await Promise.all(answers)).map(({ verdict }) => verdict)).toEqual([
      'inconclusive',
      'allow',
      'allow',
    ]);
    // Only once: a service that is busy is not asked for ever.
    const again = [ask({ reference: APP }), ask({ reference: APP })];
    works[2]?.end(busy);
    await again[0];
    works[3]?.end(busy);
    expect((await again[1])?.verdict).toBe('inconclusive');
    expect(works).toHaveLength(4);
  });

  it('lets nobody join work that failed', async () => {
    const verify = createSharedVerifier(async () => {
      throw new Error('broken');
    });
    const context = {
      config,
      clock: () => 0,
      newId: () => 'id',
      scope: 'callers',
    } as unknown as VerifyContext;
    for (let i = 0; i < 2; i++) await expect(verify({ reference: APP }, context)).rejects.toThrow('broken');
  });
});
