import { generateKeyPairSync } from 'node:crypto';
import type { NetworkHost } from '../../src/memory-registry/index.ts';
import { readCosignKey, type SigningKey } from '../../src/sigstore/index.ts';
import { NOW } from './service.ts';
import { createSigningWorld, RELEASE_ENTRY, type SigningWorld } from './signing-world.ts';
import {
  createSigstoreServices,
  FULCIO,
  ISSUER,
  identityOf,
  REKOR_1,
  REKOR_2,
  type SigstoreServices,
  signingConfigJson,
  TSA,
} from './sigstore-services/index.ts';
import type { WorldOptions } from './world.ts';

/** What tokens of the suites become, if they say which workflow they are of. */
export const WORKFLOW = 'acme/charts/.github/workflows/release.yml@refs/tags/v1.2.3';
export const IDENTITY = { issuer: ISSUER, subject: identityOf({}) };

/** A world in which charts are signed by PGP, by cosign keys and keyless, with a sigstore of its own. */
export interface SigstoreWorld extends SigningWorld {
  services: SigstoreServices;
  /** Of the entries cosign, bare and legacy. */
  key: SigningKey;
  /** Its secret half, PEM, not encrypted: scrypt takes its time. */
  privatePem: string;
  /** An identity token of the release workflow. */
  token(claims?: Record<string, unknown>): Promise<string>;
  /** Digests of what refers to a manifest. */
  referrers(repository: string, digest: string): Promise<string[]>;
  /** Paths that the services were asked for. */
  asked(): string[];
}

const shared = { repositories: ['registry.test/charts/**'], callers: ['tester'] };

/** Entries of `signing`, by name. */
export const ENTRIES = {
  release: { ...RELEASE_ENTRY, mayReplace: true },
  // Log of version 2 and timestamps.
  cosign: {
    ...shared,
    name: 'cosign',
    sigstore: { secret: 'COSIGN', signingConfig: 'signing.json', root: 'root.json' },
  },
  // Neither.
  bare: { ...shared, name: 'bare', sigstore: { secret: 'COSIGN' } },
  // Log of version 1, and the tag of cosign before 3.
  legacy: {
    ...shared,
    name: 'legacy',
    sigstore: {
      secret: 'COSIGN',
      signingConfig: 'signing-v1.json',
      root: 'root.json',
      legacyTag: true,
      annotations: { env: 'prod' },
    },
  },
  annotated: { ...shared, name: 'annotated', sigstore: { secret: 'COSIGN', annotations: { env: 'prod' } } },
  other: { ...shared, name: 'other', sigstore: { secret: 'OTHER' } },
  keyless: {
    ...shared,
    name: 'keyless',
    sigstore: { keyless: true, signingConfig: 'signing.json', root: 'root.json' },
  },
};

const TRUST = {
  release: { pgp: 'release.asc' },
  cosign: { sigstore: { key: 'cosign.pub', root: 'root.json' } },
  bare: { sigstore: { key: 'cosign.pub', transparencyLog: 'optional' } },
  ci: { sigstore: { ...IDENTITY, root: 'root.json' } },
};

/** The policy `all` is that of charts/all; elsewhere one signature of any kind is enough. */
const POLICIES = [
  {
    name: 'all',
    match: ['registry.test/charts/all/**'],
    require: { allOf: ['release', 'cosign', 'ci'] },
  },
  { name: 'default', match: ['**'], require: { anyOf: ['release', 'cosign', 'bare', 'ci'] } },
];

export async function createSigstoreWorld(options: WorldOptions = {}): Promise<SigstoreWorld> {
  const services = createSigstoreServices({ clock: () => NOW });
  const privatePem = options.secrets?.COSIGN ?? newKey();
  const key = await readCosignKey(privatePem);
  const host: NetworkHost = { fetch: (request) => services.fetch(request) };
  const hosts = [FULCIO, REKOR_1, REKOR_2, TSA].map((url) => [new URL(url).host, host] as const);
  const text = (value: string) => new TextEncoder().encode(value);
  const world = await createSigningWorld({
    ...options,
    config: { trust: TRUST, policies: POLICIES, signing: Object.values(ENTRIES), ...options.config },
    files: {
      'cosign.pub': text(key.publicPem),
      'root.json': services.sigstore.trustedRoot(),
      'signing.json': signingConfigJson(['fulcio', 'rekor2', 'tsa']),
      'signing-v1.json': signingConfigJson(['rekor1']),
      ...options.files,
    },
    secrets: {
      COSIGN: privatePem,
      OTHER: newKey(),
      ...options.secrets,
    },
    others: { ...Object.fromEntries(hosts), ...options.others },
  });
  return {
    ...world,
    services,
    key,
    privatePem,
    token: (claims = {}) => services.token({ job_workflow_ref: WORKFLOW, ...claims }),
    async referrers(repository, digest) {
      const address = `https://registry.test/v2/${repository}`;
      const list = await world.registry.fetch(new Request(`${address}/referrers/${digest}`));
      const fallback = `${address}/manifests/${digest.replace(':', '-')}`;
      const answer = list.ok ? list : await world.registry.fetch(new Request(fallback));
      if (!answer.ok) return [];
      const { manifests } = (await answer.json()) as { manifests: { digest: string }[] };
      return manifests.map((one) => one.digest);
    },
    asked: () => services.calls.map(({ url }) => new URL(url).host),
  };
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}
