import { createHash } from 'node:crypto';
import type { NetworkHost } from '../../src/memory-registry/index.ts';
import { readClearsigned } from '../../src/provenance/read-clearsigned.ts';
import {
  type FoundHelmEntries,
  findHelmEntries,
  type HelmEntryResult,
  type HelmLogEntry,
  type HelmLogSearch,
  readTrustedRoot,
  type TrustedRoot,
  verifyHelmEntry,
} from '../../src/sigstore/index.ts';
import { fixture } from './fixtures.ts';
import { createRekor, type FakeLogEntry, type FakeRekor } from './sigstore/index.ts';

/** When the demo charts were logged; after they were signed. */
export const LOGGED_AT = Date.parse('2026-11-23T18:00:00Z');
export const ARCHIVE = 'sha256:63ba99d945fe11fa9fa8316f1ddae5a21a5dd3cc184809cc45bd08688d540372';
/** Of the release key of the fixtures. */
export const RELEASE = '2C984C7BE32F1281116AFEEAB04CC26B7E731EE4';
export const REKOR = 'https://rekor1.fake.example';

/** The canonical body that Rekor 1.5.3 itself makes of a provenance of the demo and the release key. */
export async function helmBody(name = 'app-1.2.3'): Promise<Buffer> {
  return Buffer.from(await fixture(`helm-log/${name}.json`));
}

/** The same, changed. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach in and change what they like
export async function changedBody(change: (body: any) => void): Promise<Buffer> {
  const body = JSON.parse((await helmBody()).toString('utf8'));
  change(body);
  return Buffer.from(JSON.stringify(body));
}

/** A Rekor v1 log with its index, reached by `fetch` alone. */
export interface HelmRekor {
  rekor: FakeRekor;
  root: TrustedRoot;
  /** The file that it was read from. */
  rootJson: Uint8Array;
  /** Logs a body under a digest. @returns the id of the entry */
  log(body: Buffer, archiveDigest?: string): string;
  /** Answers by id, to be spoiled. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach in and change what they like
  answers: Map<string, any>;
  index: Map<string, string[]>;
  /** `METHOD path` of each request. */
  asked: string[];
  search(more?: Partial<HelmLogSearch>): Promise<FoundHelmEntries>;
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** The same, for the network of a service; `instead` answers in its place. */
  host: NetworkHost;
  instead?: ((url: URL) => Response | Promise<Response>) | undefined;
}

const TREE = '108e9186e8c5677a';

export async function createHelmRekor(): Promise<HelmRekor> {
  const rekor = createRekor(1);
  const from = LOGGED_AT - 86_400_000;
  const rootJson = rootOf(rekor, from);
  const root = await readTrustedRoot(rootJson);
  const answers: HelmRekor['answers'] = new Map();
  const index: HelmRekor['index'] = new Map();
  const asked: string[] = [];
  const fetch: HelmRekor['fetch'] = async (url, init) => {
    const { origin, pathname } = new URL(url);
    asked.push(`${init?.method ?? 'GET'} ${pathname}`);
    if (box.instead !== undefined) return box.instead(new URL(url));
    if (origin !== REKOR) throw new TypeError('fetch failed');
    if (pathname === '/api/v1/index/retrieve') {
      const { hash } = JSON.parse(String(init?.body));
      return Response.json(index.get(hash) ?? []);
    }
    const answer = answers.get(pathname.split('/').at(-1) ?? '');
    return answer === undefined ? Response.json({ code: 404 }, { status: 404 }) : Response.json(answer);
  };
  const box: HelmRekor = {
    rekor,
    root,
    rootJson,
    answers,
    index,
    asked,
    fetch,
    host: {
      fetch: async (request) => fetch(request.url, { method: request.method, body: await request.text() }),
    },
    log(body, archiveDigest = ARCHIVE) {
      const { id, answer } = toAnswer(
        rekor.logBody({ kind: 'helm', version: '0.0.1' }, body, LOGGED_AT),
        body,
      );
      answers.set(id, answer);
      index.set(archiveDigest, [...(index.get(archiveDigest) ?? []), id]);
      return id;
    },
    search: (more = {}) =>
      findHelmEntries({ rekor: REKOR, archiveDigest: ARCHIVE, access: accessOf(fetch), ...more }),
  };
  return box;
}

/** How the log is reached in tests: without pauses. */
export function accessOf(fetch: HelmRekor['fetch']): HelmLogSearch['access'] {
  return { fetch: fetch as typeof globalThis.fetch, sleep: async () => {}, random: () => 0 };
}

/** An entry of a bundle as the API of Rekor v1 gives it. */
export function toAnswer(entry: FakeLogEntry, body: Buffer): { id: string; answer: Record<string, object> } {
  const { inclusionProof: proof, inclusionPromise, logId, integratedTime, logIndex } = entry;
  const id = `${TREE}${leafHashOf(body)}`;
  const answer = {
    [id]: {
      body: entry.canonicalizedBody,
      integratedTime: Number(integratedTime),
      logID: hexOf(logId.keyId),
      logIndex: Number(logIndex),
      verification: {
        signedEntryTimestamp: inclusionPromise?.signedEntryTimestamp,
        inclusionProof: {
          logIndex: Number(proof?.logIndex),
          treeSize: Number(proof?.treeSize),
          rootHash: hexOf(proof?.rootHash ?? ''),
          hashes: proof?.hashes.map(hexOf),
          checkpoint: proof?.checkpoint.envelope,
        },
      },
    },
  };
  return { id, answer };
}

function rootOf(rekor: FakeRekor, from: number): Uint8Array {
  const file = {
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [rekor.inRoot(from)],
    certificateAuthorities: [],
    ctlogs: [],
    timestampAuthorities: [],
  };
  return Buffer.from(JSON.stringify(file));
}

/** Verifies an entry as that of the demo's good provenance. */
export async function verifyDemo(
  entry: HelmLogEntry,
  root: TrustedRoot,
  more: { provenance?: string; signers?: string[]; archiveDigest?: string } = {},
): Promise<HelmEntryResult> {
  const provenance = await fixture(`demo/${more.provenance ?? 'app-1.2.3.tgz.prov'}`);
  return verifyHelmEntry({
    entry,
    signature: readClearsigned(provenance).packets,
    signers: more.signers ?? [RELEASE],
    archiveDigest: more.archiveDigest ?? ARCHIVE,
    root,
    trust: 'release-team',
  });
}

function leafHashOf(body: Buffer): string {
  return createHash('sha256').update(Buffer.of(0)).update(body).digest('hex');
}

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}
