import { beforeAll, expect, test } from 'vitest';
import type { Requirement } from '../../src/policy/index.ts';
import { attachBundle, attachLegacy, type Place } from '../support/attach-signature.ts';
import { fixture } from '../support/fixtures.ts';
import { ask } from '../support/service.ts';
import {
  createFakeKey,
  createFakeSigstore,
  FAKE_IDENTITY,
  FAKE_ISSUER,
  type FakeSigstore,
} from '../support/sigstore/index.ts';
import { AUTHORIZED, appConfig, createWorld, type World } from '../support/world.ts';

// Policies of every shape over both schemes, made at random (the same in every run), and charts that somebody signed:
// those who are trusted, under several names, and those who are not. What the service says is compared with a model that
// knows nothing of how it is done. Then registries fail in between, and tags move.

const NOW = Date.UTC(2026, 10, 24, 12);
const POLICIES = 60;
const BRANCH = FAKE_IDENTITY.replace('refs/tags/v1.2.3', 'refs/heads/main');
const OTHER = FAKE_IDENTITY.replace('release.yml', 'nightly.yml');

/** Who may have signed, and how. */
const SIGNERS = ['pgp', 'key', 'workflow', 'nightly', 'branch', 'stranger', 'other digest', 'scan'] as const;
type Signer = (typeof SIGNERS)[number];

/** Trust names, and by whose signature each holds; names of one signer compete in atLeast. */
const NAMES: Record<string, Signer[]> = {
  release: ['pgp'],
  key: ['key'],
  again: ['key'],
  ci: ['workflow'],
  any: ['workflow', 'nightly'],
  twin: ['workflow', 'nightly'],
  night: ['nightly'],
  nobody: [],
};

let sigstore: FakeSigstore;
let world: World;
const requirements: Requirement[] = [];

let state = 424243;
function below(end: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % end;
}
const shuffled = <T>(list: readonly T[]) =>
  list
    .map((value) => ({ value, at: below(1 << 30) }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);

function anyRequirement(names: string[], depth: number): Requirement {
  if (names.length === 1 || (depth > 0 && below(3) === 0)) return { name: names[0]! };
  const groups: string[][] = [];
  for (let rest = names; rest.length > 0; ) {
    const size = depth > 1 ? 1 : 1 + below(2);
    groups.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  const parts = groups.map((group) => anyRequirement(group, depth + 1));
  const kind = below(4);
  if (kind === 0) return { anyOf: parts };
  if (kind === 1) return { allOf: parts };
  return { atLeast: { count: 1 + below(parts.length), of: parts } };
}

/** The same as it is written in chartseal.yaml. */
function written(requirement: Requirement): unknown {
  if ('name' in requirement) return requirement.name;
  if ('anyOf' in requirement) return { anyOf: requirement.anyOf.map(written) };
  if ('allOf' in requirement) return { allOf: requirement.allOf.map(written) };
  const { count, of } = requirement.atLeast;
  return { atLeast: { count, of: of.map(written) } };
}

/** Every set of signers by which it can hold, to begin with those who signed. */
function ways(requirement: Requirement, signed: ReadonlySet<Signer>): Signer[][] {
  if ('name' in requirement)
    return NAMES[requirement.name]!.filter((one) => signed.has(one)).map((one) => [one]);
  if ('anyOf' in requirement) return requirement.anyOf.flatMap((part) => ways(part, signed));
  if ('allOf' in requirement) {
    return requirement.allOf.reduce<Signer[][]>(
      (sets, part) =>
        sets.flatMap((set) => ways(part, signed).map((more) => [...new Set([...set, ...more])])),
      [[]],
    );
  }
  const { count, of } = requirement.atLeast;
  const choose = (from: number, left: number): Signer[][] => {
    if (left === 0) return [[]];
    if (from >= of.length) return [];
    const with_ = ways(of[from]!, signed).flatMap((set) =>
      choose(from + 1, left - 1)
        .filter((others) => set.every((one) => !others.includes(one)))
        .map((others) => [...set, ...others]),
    );
    return [...with_, ...choose(from + 1, left)];
  };
  return choose(0, count);
}

async function pushSigned(repository: string, signers: readonly Signer[]): Promise<Place> {
  const { registry } = world;
  const chart = {
    archive: await fixture('demo/app-1.2.3.tgz'),
    ...(signers.includes('pgp') ? { prov: await fixture('demo/app-1.2.3.tgz.prov') } : {}),
    config: await appConfig(),
  };
  const subject = await registry.pushChart(repository, '1.2.3', chart);
  const place = { registry, repository, subject };
  const { digest } = subject;
  const legacy = [];
  const make: Record<Exclude<Signer, 'pgp'>, (o: { digest: string }) => { bytes(): Uint8Array }> = {
    key: (o) => sigstore.signWithKey(o),
    workflow: (o) => sigstore.signKeyless(o),
    nightly: (o) => sigstore.signKeyless({ ...o, identity: OTHER }),
    branch: (o) => sigstore.signKeyless({ ...o, identity: BRANCH }),
    stranger: (o) => sigstore.signWithKey({ ...o, key: createFakeKey() }),
    'other digest': () => sigstore.signWithKey({ digest: `sha256:${'ab'.repeat(32)}` }),
    scan: (o) => sigstore.signKeyless({ ...o, predicateType: 'https://example.com/scan/v1' }),
  };
  for (const signer of signers) {
    if (signer === 'pgp') continue;
    if (signer === 'key' && below(2) === 0) {
      legacy.push(sigstore.signLegacy({ digest }));
      continue;
    }
    if (signer === 'workflow' && below(3) === 0) {
      legacy.push(sigstore.signLegacy({ digest, keyless: true }));
      continue;
    }
    await attachBundle(
      place,
      make[signer]({ digest }).bytes(),
      below(2) === 0 ? { predicateType: null } : {},
    );
  }
  if (legacy.length > 0) await attachLegacy(place, 'sig', legacy);
  return place;
}

beforeAll(async () => {
  sigstore = createFakeSigstore({ clock: () => NOW });
  for (let i = 0; i < POLICIES; i++) {
    requirements.push(anyRequirement(shuffled(Object.keys(NAMES)).slice(0, 1 + below(5)), 0));
  }
  const keyless = (subject: string) => ({
    sigstore: { issuer: FAKE_ISSUER, subject, root: 'root.json' },
  });
  world = await createWorld({
    config: {
      trust: {
        release: { pgp: 'release.asc' },
        key: { sigstore: { key: 'cosign.pub', root: 'root.json' } },
        again: { sigstore: { key: 'cosign.pub', transparencyLog: 'optional' } },
        ci: keyless(FAKE_IDENTITY),
        any: keyless('https://github.com/acme/charts/.github/workflows/*@refs/tags/*'),
        twin: keyless('https://github.com/**@refs/tags/**'),
        night: keyless(OTHER),
        nobody: keyless('nobody@example.com'),
      },
      policies: requirements.map((requirement, i) => ({
        name: `p${i}`,
        match: [`registry.test/p${i}/**`],
        require: written(requirement),
      })),
    },
    files: {
      'cosign.pub': new TextEncoder().encode(sigstore.publicKeyPem),
      'root.json': new TextEncoder().encode(sigstore.trustedRootJson),
    },
    now: NOW,
  });
});

let asked = 0;
async function judge(repository: string) {
  // Each a second later: no caller may ask so much in one.
  await world.service.setNow(NOW + ++asked * 1000);
  return (await ask(world.service, { reference: `oci://registry.test/${repository}:1.2.3` }, AUTHORIZED))
    .body;
}

test('a verdict is what the policy says of those who signed', async () => {
  const verdicts = { allow: 0, deny: 0 };
  for (const [i, requirement] of requirements.entries()) {
    for (let round = 0; round < 2; round++) {
      const signers = shuffled(SIGNERS).slice(0, below(SIGNERS.length));
      // The tree above "app" is chosen anew, so that nothing is kept of the round before.
      const repository = `p${i}/r${round}/app`;
      await pushSigned(repository, signers);
      const expected = ways(requirement, new Set(signers)).length > 0 ? 'allow' : 'deny';
      const body = await judge(repository);
      const shown = JSON.stringify([written(requirement), signers, body.reasons]);
      expect(body.verdict, shown).toBe(expected);
      verdicts[expected]++;
      const trusted = new Set(body.evidence.flatMap(({ trustedAs }: { trustedAs: string[] }) => trustedAs));
      for (const name of trusted) {
        expect(
          NAMES[name as string]!.some((one) => signers.includes(one)),
          shown,
        ).toBe(true);
      }
    }
  }
  expect(Math.min(verdicts.allow, verdicts.deny)).toBeGreaterThan(30);
}, 60_000);

test('a registry that fails somewhere makes no verdict of another', async () => {
  const faults = [
    { status: { match: /\/referrers\//, status: 503 } },
    { status: { match: /\.sig$/, status: 500 } },
    { status: { match: /\.att$/, status: 403 } },
    { status: { match: /\/blobs\//, status: 404 } },
    { wrongBytes: { match: /\/blobs\// } },
    { truncate: { match: /\/blobs\// } },
    { noReferrers: true },
  ];
  for (const [i, requirement] of requirements.slice(0, 8).entries()) {
    for (const [round, quirks] of faults.entries()) {
      const signers = shuffled(SIGNERS).slice(0, 2 + below(SIGNERS.length - 2));
      const repository = `p${i}/f${round}/app`;
      await pushSigned(repository, signers);
      const holds = ways(requirement, new Set(signers)).length > 0;
      world.registry.quirks = quirks;
      const { verdict, reasons } = await judge(repository);
      world.registry.quirks = {};
      const shown = JSON.stringify([written(requirement), signers, quirks, reasons]);
      // Without the API the bundles are nowhere to be found: then nothing says that there are any.
      const others =
        holds && !('noReferrers' in quirks) ? ['allow', 'inconclusive'] : ['allow', 'deny', 'inconclusive'];
      expect(holds ? others : ['deny', 'inconclusive'], shown).toContain(verdict);
    }
  }
}, 60_000);

test('a tag that moves while it is looked at is judged as one of the two, never as both', async () => {
  const i = requirements.findIndex(
    (requirement) =>
      ways(requirement, new Set<Signer>(['workflow', 'key', 'pgp', 'nightly'])).length > 0 &&
      ways(requirement, new Set<Signer>(['stranger', 'branch'])).length === 0,
  );
  const original = world.registry.fetch;
  try {
    for (let after = 0; after < 8; after++) {
      const repository = `p${i}/m${after}/app`;
      const good = await pushSigned(repository, ['workflow', 'key', 'pgp', 'nightly']);
      const evil = { archive: new Uint8Array(20), config: await appConfig() };
      const bad = await world.registry.pushChart(repository, 'evil', evil);
      let seen = 0;
      world.registry.fetch = async (request) => {
        const answer = await original.call(world.registry, request);
        if (seen++ === after) await world.registry.pushChart(repository, '1.2.3', evil);
        return answer;
      };
      const first = await judge(repository);
      expect([
        ['allow', good.subject.digest],
        ['deny', bad.digest],
      ]).toContainEqual([first.verdict, first.subject.digest]);
      world.registry.fetch = original;
      const second = await judge(repository);
      if (seen > after) expect([second.verdict, second.subject.digest]).toEqual(['deny', bad.digest]);
    }
  } finally {
    world.registry.fetch = original;
  }
});
