import { TrustedRoot as TrustedRootMessage } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';
import { ChartsealError } from '../base/error.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import { clean } from '../base/text.ts';
import { wordsOf } from './failure.ts';
import { MAX_ROOT_BYTES, MAX_ROOT_ENTRIES } from './limits.ts';
import { parseCertificate } from './parse-certificate.ts';
import type { TrustedRoot } from './trusted-root.ts';

// protobuf-specs: protos/sigstore_trustroot.proto
const MEDIA_TYPES = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
];

const KINDS = ['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'] as const;

/**
 * Reads a trusted_root.json: all keys and certificates in it are parsed here, once, and every verification uses them.
 * @throws ChartsealError `sigstore.root_invalid`
 */
export async function readTrustedRoot(bytes: Uint8Array): Promise<TrustedRoot> {
  return (await readRootMessage(bytes)).root;
}

/** The same, and what the file says beside it: names and addresses. @throws ChartsealError `sigstore.root_invalid` */
export async function readRootMessage(
  bytes: Uint8Array,
): Promise<{ message: TrustedRootMessage; root: TrustedRoot }> {
  if (bytes.byteLength > MAX_ROOT_BYTES) throw invalid(`it is larger than ${MAX_ROOT_BYTES} bytes`);
  const message = parse(bytes);
  check(message);
  try {
    const material = toTrustMaterial(message);
    // The same certificates once more, in the form that remembers what was verified.
    for (const kind of ['certificateAuthorities', 'timestampAuthorities'] as const) {
      for (const [i, authority] of material[kind].entries()) {
        const certificates = message[kind][i]?.certChain?.certificates ?? [];
        authority.certChain = certificates.map(({ rawBytes }) => parseCertificate(rawBytes));
        // Reads what is read of them later, so that a broken one is found now.
        for (const certificate of authority.certChain) {
          void [certificate.notBefore, certificate.notAfter, certificate.isCA, certificate.publicKey];
        }
      }
    }
    return { message, root: { digest: `sha256:${toHex(await sha256(bytes))}`, material } };
  } catch (cause) {
    throw invalid(`a key or certificate in it cannot be read (${wordsOf(cause)})`, cause);
  }
}

function parse(bytes: Uint8Array): TrustedRootMessage {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('it is no JSON', cause);
  }
  const { mediaType, ...lists } = Object(json) as Record<string, unknown>;
  if (typeof mediaType !== 'string' || !MEDIA_TYPES.includes(mediaType)) {
    throw invalid(`its mediaType is ${clean(JSON.stringify(mediaType))}, which is that of no trusted root`);
  }
  for (const kind of KINDS) {
    // The library reads a list that is none as one that is empty.
    if (lists[kind] !== undefined && !Array.isArray(lists[kind])) throw invalid(`its ${kind} are no list`);
  }
  try {
    return TrustedRootMessage.fromJSON(json);
  } catch (cause) {
    throw invalid(`it is not built as a trusted root (${wordsOf(cause)})`, cause);
  }
}

function check(root: TrustedRootMessage): void {
  const logs = [...root.tlogs.map(named('tlogs')), ...root.ctlogs.map(named('ctlogs'))];
  const authorities = [
    ...root.certificateAuthorities.map(named('certificateAuthorities')),
    ...root.timestampAuthorities.map(named('timestampAuthorities')),
  ];
  for (const kind of KINDS) {
    if (root[kind].length > MAX_ROOT_ENTRIES) throw invalid(`it has more than ${MAX_ROOT_ENTRIES} ${kind}`);
  }
  if (logs.length + authorities.length === 0) throw invalid('it trusts nobody: no logs and no authorities');
  for (const { name, value } of logs) {
    if (!value.publicKey?.rawBytes) throw invalid(`${name} has no public key`);
    if (!value.logId?.keyId.length && !value.checkpointKeyId?.keyId.length)
      throw invalid(`${name} has no id`);
    checkPeriod(name, value.publicKey.validFor, true);
  }
  for (const { name, value } of authorities) {
    const size = value.certChain?.certificates.length ?? 0;
    if (size === 0) throw invalid(`${name} has no certificates`);
    if (size > MAX_ROOT_ENTRIES) throw invalid(`${name} has more than ${MAX_ROOT_ENTRIES} certificates`);
    checkPeriod(name, value.validFor, false);
  }
}

const named =
  (kind: string) =>
  <T>(value: T, index: number) => ({ name: `${kind}[${index}]`, value });

// The library takes a missing start for "always". For the key of a log that is no answer (conformance suite:
// trust-root-tlog-missing-validity-start_fail); the certificates of an authority say themselves when they are valid.
function checkPeriod(
  name: string,
  period: { start?: Date | undefined; end?: Date | undefined } | undefined,
  needsStart: boolean,
): void {
  const { start, end } = period ?? {};
  if (needsStart && start === undefined) throw invalid(`${name} does not say since when it is valid`);
  for (const time of [start, end]) {
    if (time !== undefined && Number.isNaN(time.getTime()))
      throw invalid(`${name} has a time that cannot be read`);
  }
}

function invalid(why: string, cause?: unknown): ChartsealError {
  return new ChartsealError('sigstore.root_invalid', `the trusted root cannot be used: ${why}`, { cause });
}
