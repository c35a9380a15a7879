import { type PublicKey, readKey } from 'openpgp';
import { ChartsealError } from '../base/error.ts';
import { decodeArmor } from '../base/openpgp/decode-armor.ts';
import { bytesToLatin1 } from '../base/openpgp/latin1.ts';
import { nextPacket, type RawPacket, TAG } from '../base/openpgp/split-packets.ts';
import { clean } from '../base/text.ts';

/** A public key that openpgp.js could read. */
export interface ParsedKey {
  /** Upper-case hex, of the primary key. */
  fingerprint: string;
  /** Upper-case hex, of the primary key. */
  keyId: string;
  /** As the key claims them; not cleaned. */
  userIds: string[];
  key: PublicKey;
}

/** The keys of a keyring file, parsed once. */
export interface Keyring {
  keys: ParsedKey[];
  /** Keys of the file that cannot be used, one sentence for each; stated, not fatal. */
  unusable: string[];
  /** The packets of each key of the file that was selected, the unusable ones included, in the file's order. */
  certificates: RawPacket[][];
  /** How the file was written. Helm reads `binary` only. */
  form: 'armored' | 'binary' | 'mixed';
}

/** Options of `readKeyring`. */
interface KeyringOptions {
  /** Fingerprints of the primary keys to take; all when absent. */
  fingerprints?: string[] | undefined;
}

const SKIPPED: ReadonlySet<number> = new Set([TAG.marker, TAG.trust, TAG.padding]);

/**
 * Reads a file of OpenPGP public keys: binary, armored, several armored blocks one after another with text between
 * them, or a mixture.
 * @throws ChartsealError keyring.invalid (not such a file, a private key in it, a fingerprint that is not there),
 * keyring.empty (no key in it that can be used)
 */
export async function readKeyring(bytes: Uint8Array, options: KeyringOptions = {}): Promise<Keyring> {
  refuseOtherFiles(bytes);
  const { packets, form } = readPackets(bytes);
  const unusable: string[] = [];
  const read: { packets: RawPacket[]; parsed?: ParsedKey }[] = [];
  for (const certificate of groupByKey(packets)) {
    try {
      read.push({ packets: certificate, parsed: await parseKey(certificate) });
    } catch (error) {
      read.push({ packets: certificate });
      const why = error instanceof Error ? error.message : String(error);
      unusable.push(`key ${read.length} of the file cannot be used: ${clean(why)}`);
    }
  }
  const selected = select(read, options.fingerprints);
  const keys = selected.flatMap(({ parsed }) => (parsed === undefined ? [] : [parsed]));
  if (keys.length === 0) {
    const why = unusable.length > 0 ? `: ${unusable.join('; ')}` : '';
    throw new ChartsealError('keyring.empty', `the keyring holds no public key that can be used${why}`);
  }
  return { keys, unusable, certificates: selected.map((each) => each.packets), form };
}

function refuseOtherFiles(bytes: Uint8Array): void {
  // Header blob of GnuPG's keybox format (gnupg:kbx/keybox-blob.c): type 1, "KBXf" at offset 8.
  if (String.fromCharCode(...bytes.subarray(8, 12)) === 'KBXf') {
    throw new ChartsealError('keyring.invalid', "the keyring is a GnuPG keybox (.kbx), GnuPG's own format", {
      help: 'Export the keys: gpg --export KEYID > release.gpg (or gpg --armor --export KEYID > release.asc).',
    });
  }
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new ChartsealError(
      'keyring.invalid',
      'the keyring is UTF-16 text, as PowerShell redirections write',
      {
        help: 'Let gpg write the file: gpg --armor --output release.asc --export KEYID.',
      },
    );
  }
}

function readPackets(bytes: Uint8Array): { packets: RawPacket[]; form: Keyring['form'] } {
  const packets: RawPacket[] = [];
  let armored = false;
  let binary = false;
  // A byte order mark has the high bit set, as a packet has.
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length) {
    if ((bytes[at]! & 0x80) !== 0) {
      binary = true;
      at = take(bytes, at, packets);
      continue;
    }
    const { line, next } = readLine(bytes, at);
    at = next;
    const type = /^-----BEGIN (.+)-----$/.exec(line)?.[1];
    if (type === undefined) continue;
    armored = true;
    const block = readArmored(bytes, at, type);
    at = block.next;
    for (let inner = 0; inner < block.content.length; ) inner = take(block.content, inner, packets);
  }
  if (!armored && !binary) {
    throw new ChartsealError('keyring.invalid', 'the file holds no OpenPGP keys, neither binary nor armored');
  }
  return { packets, form: armored && binary ? 'mixed' : armored ? 'armored' : 'binary' };
}

function take(bytes: Uint8Array, at: number, packets: RawPacket[]): number {
  let found: { packet: RawPacket; end: number };
  try {
    found = nextPacket(bytes, at);
  } catch {
    throw new ChartsealError('keyring.invalid', 'the keyring is damaged or is no file of OpenPGP keys');
  }
  if (found.packet.tag === TAG.secretKey || found.packet.tag === TAG.secretSubkey) throw privateKey();
  packets.push(found.packet);
  return found.end;
}

function readArmored(bytes: Uint8Array, start: number, type: string): { content: Uint8Array; next: number } {
  if (type === 'PGP PRIVATE KEY BLOCK') throw privateKey();
  if (type !== 'PGP PUBLIC KEY BLOCK') {
    throw new ChartsealError(
      'keyring.invalid',
      `the keyring holds a block "${clean(type, 60)}", no OpenPGP key`,
      type === 'PUBLIC KEY'
        ? {
            help: 'A public key of cosign is given with --cosign-key, or as "sigstore: { key: FILE }" under trust.',
          }
        : {},
    );
  }
  const lines: string[] = [];
  let headers = true;
  for (let at = start; at < bytes.length; ) {
    const { line, next } = readLine(bytes, at);
    at = next;
    if (line === `-----END ${type}-----`) {
      const content = decodeArmor(lines);
      if (content === undefined || headers) break;
      return { content, next: at };
    }
    if (headers) headers = line !== '';
    else lines.push(line);
  }
  throw new ChartsealError('keyring.invalid', 'an armored block of the keyring is cut short or damaged');
}

function readLine(bytes: Uint8Array, at: number): { line: string; next: number } {
  const end = bytes.indexOf(0x0a, at);
  const stop = end === -1 ? bytes.length : end;
  const line = bytesToLatin1(bytes.subarray(at, stop)).trim();
  return { line, next: stop + 1 };
}

function privateKey(): ChartsealError {
  return new ChartsealError(
    'keyring.invalid',
    'the keyring holds a private key; only public keys belong there',
    {
      help: 'Export the public half: gpg --export KEYID > release.gpg. If the file was shared, replace the key.',
    },
  );
}

/** A key and all that belongs to it begins at a primary key packet. */
function groupByKey(packets: RawPacket[]): RawPacket[][] {
  const groups: RawPacket[][] = [];
  for (const packet of packets) {
    if (packet.tag === TAG.publicKey) groups.push([packet]);
    else if (groups.length > 0) groups.at(-1)!.push(packet);
    else if (!SKIPPED.has(packet.tag)) {
      throw new ChartsealError('keyring.invalid', 'the keyring does not begin with a public key');
    }
  }
  return groups;
}

async function parseKey(packets: RawPacket[]): Promise<ParsedKey> {
  const key = await readKey({ binaryKey: joinPackets(packets) });
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    keyId: key.getKeyID().toHex().toUpperCase(),
    userIds: key.getUserIDs(),
    key,
  };
}

function joinPackets(packets: RawPacket[]): Uint8Array {
  const size = packets.reduce((sum, { body }) => sum + body.length + 6, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { tag, body } of packets) {
    bytes[at] = 0xc0 | tag;
    bytes[at + 1] = 0xff;
    new DataView(bytes.buffer).setUint32(at + 2, body.length);
    bytes.set(body, at + 6);
    at += body.length + 6;
  }
  return bytes;
}

function select<T extends { parsed?: ParsedKey }>(read: T[], fingerprints: string[] | undefined): T[] {
  if (fingerprints === undefined) return read;
  const wanted = new Set<string>();
  for (const given of fingerprints) {
    const fingerprint = given.replace(/\s+/g, '').replace(/^0x/i, '').toUpperCase();
    const owner = read.find(({ parsed }) =>
      parsed?.key.subkeys.some((sub) => sub.getFingerprint().toUpperCase() === fingerprint),
    )?.parsed;
    if (owner !== undefined) {
      throw new ChartsealError(
        'keyring.invalid',
        `${fingerprint} is a subkey; name its primary key, ${owner.fingerprint}`,
      );
    }
    if (!read.some(({ parsed }) => parsed?.fingerprint === fingerprint)) {
      throw new ChartsealError(
        'keyring.invalid',
        `the keyring has no key with the fingerprint "${clean(given, 100)}"`,
        { help: 'List what it has: gpg --show-keys FILE. Fingerprints are given whole.' },
      );
    }
    wanted.add(fingerprint);
  }
  return read.filter(({ parsed }) => parsed !== undefined && wanted.has(parsed.fingerprint));
}
