import { createHash } from 'node:crypto';
import {
  createCleartextMessage,
  enums,
  generateKey,
  type PrivateKey,
  type PublicKey,
  type SignOptions,
  sign,
} from 'openpgp';
import {
  type Keyring,
  type PgpTrust,
  type ProvenanceInput,
  type ProvenanceResult,
  readKeyring,
  verifyProvenance,
} from '../../src/provenance/index.ts';

/** The day the vectors' expectations hold for. */
export const NOW = Date.parse('2026-11-23T12:00:00Z');
/** What the tests' provenance signs. */
export const ARCHIVE_DIGEST = `sha256:${'ab'.repeat(32)}`;

export interface TestKey {
  privateKey: PrivateKey;
  publicKey: PublicKey;
  /** Upper-case hex. */
  fingerprint: string;
  keyId: string;
}

/** A key made for a test: NIST P-256 (quick), made on 2026-01-01 unless said otherwise. */
export async function makeKey(
  options: { date?: string; lifetime?: number; name?: string; subkeys?: { sign?: boolean }[] } = {},
): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKey({
    type: 'ecc',
    curve: 'nistP256',
    userIDs: [{ name: options.name ?? 'Test Signer', email: 'test@example.com' }],
    date: new Date(options.date ?? '2026-01-01T00:00:00Z'),
    keyExpirationTime: options.lifetime ?? 0,
    subkeys: options.subkeys ?? [],
    format: 'object',
  });
  return describe(privateKey, publicKey);
}

function describe(privateKey: PrivateKey, publicKey: PublicKey): TestKey {
  return {
    privateKey,
    publicKey,
    fingerprint: publicKey.getFingerprint().toUpperCase(),
    keyId: publicKey.getKeyID().toHex().toUpperCase(),
  };
}

/** The text of a provenance for `app` 1.2.3. */
export function signedTextFor(files: Record<string, string> = { 'app-1.2.3.tgz': ARCHIVE_DIGEST }): string {
  const entries = Object.entries(files).map(([name, digest]) => `  ${name}: ${digest}\n`);
  return `apiVersion: v2\nname: app\nversion: 1.2.3\n\n...\nfiles:\n${entries.join('')}`;
}

/** Clear-signs a text with one key or several, on 2026-02-01 unless said otherwise; lines end in LF. */
export async function clearsign(
  text: string,
  keys: TestKey | TestKey[],
  options: { date?: string } & Pick<SignOptions, 'signatureNotations' | 'config'> = {},
): Promise<string> {
  const { date = '2026-02-01T00:00:00Z', ...rest } = options;
  const message = await createCleartextMessage({ text });
  const signingKeys = [keys].flat().map(({ privateKey }) => privateKey);
  const armored = await sign({ message, signingKeys, date: new Date(date), ...rest });
  return armored.replaceAll('\r\n', '\n');
}

/** A keyring of these keys, binary as Helm wants it. */
export async function keyringOf(...keys: (TestKey | PublicKey)[]): Promise<Keyring> {
  const parts = keys.map((key) => ('publicKey' in key ? key.publicKey : key).write());
  return readKeyring(Uint8Array.from(Buffer.concat(parts)));
}

export function trust(name: string, keyring: Keyring, rules: Partial<PgpTrust> = {}): PgpTrust {
  return { scheme: 'pgp', name, keyring, expiry: 'at-signing', unsafeAllow: [], ...rules };
}

/** Verifies a provenance as that of `app` 1.2.3 with the archive the tests sign. */
export function verify(
  provenance: string | Uint8Array,
  trusts: PgpTrust[],
  input: Partial<ProvenanceInput> = {},
): Promise<ProvenanceResult> {
  return verifyProvenance({
    bytes: typeof provenance === 'string' ? new TextEncoder().encode(provenance) : provenance,
    source: { kind: 'file', digest: null },
    trusts,
    archiveDigest: ARCHIVE_DIGEST,
    asked: { fileNames: ['app-1.2.3.tgz'], name: 'app', tag: '1.2.3' },
    unsafeAllow: [],
    blockedSigners: [],
    now: NOW,
    ...input,
  });
}

/** The state of the only trust and the codes of its reasons. */
export function outcomeOf({ outcomes: [outcome] }: ProvenanceResult): { state: string; codes: string[] } {
  if (outcome === undefined) throw new Error('no outcome');
  return { state: outcome.state, codes: outcome.reasons.map(({ code }) => code) };
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export { enums };
