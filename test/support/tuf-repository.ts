import { constants, createHash, generateKeyPairSync, type KeyObject, sign as nodeSign } from 'node:crypto';
import {
  Key,
  Metadata,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from '@tufjs/models';
import type { TufFetch } from '../../src/sigstore/tuf/index.ts';

export type RoleName = 'root' | 'timestamp' | 'snapshot' | 'targets';

/** A key of a repository, both halves. */
export interface TestKey {
  id: string;
  model: Key;
  privateKey: KeyObject;
}

export function makeKey(kind: 'ed25519' | 'ecdsa' | 'rsa' = 'ecdsa'): TestKey {
  const { publicKey, privateKey } = generate(kind);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  // ed25519 keys stand as the 32 bytes in hex, as python-tuf and go-tuf write them; others as PEM.
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  const id = createHash('sha256').update(pem).digest('hex');
  const scheme = { ed25519: 'ed25519', ecdsa: 'ecdsa-sha2-nistp256', rsa: 'rsassa-pss-sha256' }[kind];
  const keyVal = { public: kind === 'ed25519' ? raw : pem };
  return { id, model: new Key({ keyID: id, keyType: kind, scheme, keyVal }), privateKey };
}

function generate(kind: 'ed25519' | 'ecdsa' | 'rsa') {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

function signWith(privateKey: KeyObject, data: Uint8Array): string {
  if (privateKey.asymmetricKeyType === 'ed25519')
    return nodeSign(undefined, data, privateKey).toString('hex');
  const rsa = privateKey.asymmetricKeyType === 'rsa';
  const key = rsa
    ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    : privateKey;
  return nodeSign('sha256', data, key).toString('hex');
}

/** How one role is written next. Everything may be set by a test before it publishes. */
export interface RoleState {
  keys: TestKey[];
  threshold: number;
  version: number;
  expires: string;
  /** Who really signs. Default: `keys`. */
  signers?: TestKey[] | undefined;
}

export const MIRROR = 'https://tuf.example.com/mirror';

/** After which the metadata made here expires, unless a test says otherwise. */
const IN_A_MONTH = '2026-12-24T00:00:00Z';

/**
 * A TUF repository in memory: a test sets its roles and targets, publishes them, and spoils single files. Root keys are
 * two ed25519 and one ECDSA key of which two must sign, as different repositories have them.
 */
export function createTufRepository(
  options: { targets?: Record<string, Uint8Array>; consistent?: boolean; hashes?: boolean } = {},
) {
  const consistent = options.consistent ?? true;
  const online = makeKey();
  const roles: Record<RoleName, RoleState> = {
    root: {
      keys: [makeKey('ed25519'), makeKey('ed25519'), makeKey('ecdsa')],
      threshold: 2,
      version: 0,
      expires: IN_A_MONTH,
    },
    timestamp: { keys: [online], threshold: 1, version: 0, expires: IN_A_MONTH },
    snapshot: { keys: [online], threshold: 1, version: 0, expires: IN_A_MONTH },
    targets: { keys: [makeKey('ed25519'), makeKey()], threshold: 2, version: 0, expires: IN_A_MONTH },
  };
  const files = new Map<string, Uint8Array>();
  const targets: Record<string, Uint8Array> = options.targets ?? { 'trusted_root.json': text('first') };
  /** Answers in place of files; undefined: as the file says. */
  const answers = new Map<string, () => Response | Promise<Response>>();
  const asked: string[] = [];
  /** The keys that signed the root before: a rotation is signed by both. */
  let before: TestKey[] = [];

  function bytesOf(metadata: { toJSON(): unknown }): Uint8Array {
    return text(JSON.stringify(metadata.toJSON()));
  }

  function signed<T extends Root | Timestamp | Snapshot | Targets>(
    model: T,
    signers: readonly TestKey[],
  ): Uint8Array {
    const metadata = new Metadata<T>(model);
    for (const { id, privateKey } of new Set(signers)) {
      metadata.sign((data) => new Signature({ keyID: id, sig: signWith(privateKey, data) }));
    }
    return bytesOf(metadata);
  }

  const signersOf = (role: RoleName) => roles[role].signers ?? roles[role].keys;
  const common = (role: RoleName) => ({
    specVersion: '1.0.31',
    version: roles[role].version,
    expires: roles[role].expires,
  });
  const numbered = (name: string, version: number) => (consistent ? `${version}.${name}` : name);
  const describe = (bytes: Uint8Array) => ({
    length: bytes.byteLength,
    hashes: { sha256: createHash('sha256').update(bytes).digest('hex') },
  });
  const facts = (version: number, bytes: Uint8Array) =>
    new MetaFile({ version, ...(options.hashes === false ? {} : describe(bytes)) });

  const repository = {
    roles,
    files,
    targets,
    answers,
    /** Paths that were asked for, in order. */
    asked,
    /** The newest root. */
    get root(): Uint8Array {
      return files.get(`${roles.root.version}.root.json`) as Uint8Array;
    },
    /** Writes the next version of the root, signed by the keys before and those now. */
    publishRoot(): Uint8Array {
      roles.root.version++;
      const root = new Root({ ...common('root'), consistentSnapshot: consistent });
      for (const role of ['root', 'timestamp', 'snapshot', 'targets'] as const) {
        const { keys, threshold } = roles[role];
        for (const { model } of keys) root.addKey(model, role);
        // The threshold of a Role is read-only but for its maker.
        Object.assign(root.roles[role] as object, { threshold });
      }
      const bytes = signed(root, roles.root.signers ?? [...before, ...roles.root.keys]);
      before = roles.root.keys;
      files.set(`${roles.root.version}.root.json`, bytes);
      return bytes;
    },
    /** The next version of targets, snapshot and timestamp. */
    publish(next: Record<string, Uint8Array> = {}): void {
      Object.assign(targets, next);
      repository.publishTargets();
      repository.publishSnapshot();
      repository.publishTimestamp();
    },
    publishTargets(): void {
      roles.targets.version++;
      const model = new Targets({ ...common('targets') });
      for (const [path, bytes] of Object.entries(targets)) {
        const facts = describe(bytes);
        model.addTarget(new TargetFile({ path, ...facts }));
        files.set(`targets/${consistent ? `${facts.hashes.sha256}.` : ''}${path}`, bytes);
      }
      files.set(numbered('targets.json', roles.targets.version), signed(model, signersOf('targets')));
    },
    /** @param listed what it says of targets.json, where that is not to be true */
    publishSnapshot(listed?: Record<string, MetaFile>): void {
      roles.snapshot.version++;
      const now = files.get(numbered('targets.json', roles.targets.version)) as Uint8Array;
      const meta = listed ?? { 'targets.json': facts(roles.targets.version, now) };
      const model = new Snapshot({ ...common('snapshot'), meta });
      files.set(numbered('snapshot.json', roles.snapshot.version), signed(model, signersOf('snapshot')));
    },
    publishTimestamp(listed?: MetaFile): void {
      roles.timestamp.version++;
      const now = files.get(numbered('snapshot.json', roles.snapshot.version)) as Uint8Array;
      const model = new Timestamp({
        ...common('timestamp'),
        snapshotMeta: listed ?? facts(roles.snapshot.version, now),
      });
      files.set('timestamp.json', signed(model, signersOf('timestamp')));
    },
    fetch: (async (url) => {
      const path = decodeURIComponent(url.slice(MIRROR.length + 1));
      if (!url.startsWith(`${MIRROR}/`)) throw new TypeError('fetch failed');
      asked.push(path);
      const answer = answers.get(path);
      if (answer !== undefined) return answer();
      const bytes = files.get(path);
      return bytes === undefined
        ? new Response('no such file', { status: 404 })
        : new Response(bytes as BodyInit);
    }) as TufFetch,
  };
  repository.publishRoot();
  repository.publish();
  return repository;
}

export type TufRepository = ReturnType<typeof createTufRepository>;

export function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}
