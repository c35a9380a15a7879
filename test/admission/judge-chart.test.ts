import { expect, it } from 'vitest';
import { type AdmissionContext, startDeadline } from '../../src/admission/index.ts';
import { judgeChart } from '../../src/admission/judge-chart.ts';
import { judgeUses } from '../../src/admission/judge-uses.ts';
import { readUses } from '../../src/admission/read-uses.ts';
import { policyFromKeyrings } from '../../src/config/index.ts';
import { fixture } from '../support/fixtures.ts';
import { ociRepository } from './support.ts';

// The deadline holds whatever becomes of the work: also of work that does not listen to it, or fails because of it.

const never = () => new Promise<never>(() => {});
const givenUp = (_: unknown, { signal }: { signal?: AbortSignal | undefined }) =>
  new Promise<never>((_resolve, fail) =>
    signal?.addEventListener('abort', () => fail(new Error('given up'))),
  );
const APP = 'oci://registry.test/charts/app';

async function start(parts: Partial<AdmissionContext>) {
  let end = () => {};
  const sleep = () => new Promise<void>((resolve) => (end = resolve));
  const context = {
    config: await policyFromKeyrings({
      files: [{ name: 'release', bytes: await fixture('keys/release.asc') }],
    }),
    clock: () => 0,
    newId: () => 'id',
    requestId: 'request',
    log: () => {},
    deadline: startDeadline(1000, { clock: () => 0, sleep }),
    ...parts,
  } as AdmissionContext;
  return { context, end: () => end() };
}

it.each<[string, AdmissionContext['verify']]>([
  ['never ends', never],
  ['fails when it is given up', givenUp],
])('a verification that %s is inconclusive at the deadline', async (_, verify) => {
  const { context, end } = await start({ verify });
  const judging = judgeChart({ reference: APP }, context);
  end();
  expect(await judging).toMatchObject({ verdict: 'inconclusive', code: 'limit.deadline' });
});

it.each<[string, AdmissionContext['listTags']]>([
  ['never ends', never],
  ['fails when it is given up', givenUp],
])('a list of tags that %s is inconclusive at the deadline', async (_, listTags) => {
  const { context, end } = await start({ listTags, verify: never });
  const uses = readUses(ociRepository(APP, { semver: '^1.0.0' }))!.uses.map((use) => ({ use }));
  const judging = judgeUses(uses, context);
  end();
  expect(await judging).toMatchObject([{ finding: { verdict: 'inconclusive', code: 'limit.deadline' } }]);
});
