import { createPublicKey, X509Certificate } from 'node:crypto';
import { PublicKeyDetails, TrustedRoot } from '@sigstore/protobuf-specs';
import { ChartsealError } from '../base/error.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import { clean } from '../base/text.ts';
import { SHIPPED_PUBLIC_GOOD } from '../config/index.ts';
import type { Io } from '../platform/node/io.ts';
import { readShipped } from '../platform/node/read-shipped.ts';
import { toSafeJson } from '../report/index.ts';
import { EXIT } from './exit-status.ts';
import { readNamedFile } from './files.ts';

/** When somebody counts. */
interface Period {
  /** RFC 3339; null: open at that end. */
  from: string | null;
  to: string | null;
  state: 'valid' | 'over' | 'not yet';
}

interface Log extends Period {
  url: string;
  key: string;
  /** Hex. */
  id: string;
}

interface Authority extends Period {
  url: string;
  name: string;
  certificates: { subject: string; expires: string }[];
}

/** `chartseal trust show`: whom a trusted root trusts. @throws ChartsealError `sigstore.root_invalid`, `file.unreadable` */
export async function trustShowCommand(
  file: string | undefined,
  options: { format: string },
  io: Io,
): Promise<number> {
  const bytes =
    file === undefined
      ? await readShipped(SHIPPED_PUBLIC_GOOD)
      : await readNamedFile(file, io.cwd, 'the trusted root');
  const digest = `sha256:${toHex(await sha256(bytes))}`;
  const facts = describe(bytes, file ?? 'the public-good root', io.clock());
  if (options.format === 'json') {
    io.stdout.write(`${toSafeJson({ digest, ...facts })}\n`);
    return EXIT.allow;
  }
  const lines = [
    `trusted root  ${digest}`,
    ...section('transparency logs, which show that a signature was made public', facts.tlogs.map(logLine)),
    ...section(
      'certificate authorities, which say who signs',
      facts.certificateAuthorities.flatMap(authorityLines),
    ),
    ...section('certificate logs, which show that a certificate was made public', facts.ctlogs.map(logLine)),
    ...section(
      'timestamp authorities, which say when it was signed',
      facts.timestampAuthorities.flatMap(authorityLines),
    ),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.allow;
}

function describe(bytes: Uint8Array, file: string, now: number) {
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    if (!root.mediaType.startsWith('application/vnd.dev.sigstore.trustedroot')) {
      throw new Error('its mediaType is that of something else');
    }
    const logOf = (log: TrustedRoot['tlogs'][number]): Log => ({
      url: log.baseUrl,
      key: keyWords(log.publicKey?.rawBytes, log.publicKey?.keyDetails),
      id: toHex(log.logId?.keyId ?? new Uint8Array()),
      ...period(log.publicKey?.validFor, now),
    });
    const authorityOf = (authority: TrustedRoot['certificateAuthorities'][number]): Authority => ({
      url: authority.uri,
      name: [authority.subject?.commonName, authority.subject?.organization].filter(Boolean).join(', '),
      certificates: (authority.certChain?.certificates ?? []).map(({ rawBytes }) => {
        const { subject, validTo } = new X509Certificate(rawBytes);
        return { subject: subject.replaceAll('\n', ', '), expires: new Date(validTo).toISOString() };
      }),
      ...period(authority.validFor, now),
    });
    return {
      mediaType: root.mediaType,
      tlogs: root.tlogs.map(logOf),
      certificateAuthorities: root.certificateAuthorities.map(authorityOf),
      ctlogs: root.ctlogs.map(logOf),
      timestampAuthorities: root.timestampAuthorities.map(authorityOf),
    };
  } catch (cause) {
    const why =
      cause instanceof SyntaxError ? 'it is no JSON' : clean(cause instanceof Error ? cause.message : cause);
    throw new ChartsealError('sigstore.root_invalid', `${clean(file)} is no trusted root: ${why}`, { cause });
  }
}

function period(
  validFor: { start?: Date | undefined; end?: Date | undefined } | undefined,
  now: number,
): Period {
  const { start, end } = validFor ?? {};
  const state =
    end !== undefined && end.getTime() < now
      ? 'over'
      : start !== undefined && start.getTime() > now
        ? 'not yet'
        : 'valid';
  return { from: start?.toISOString() ?? null, to: end?.toISOString() ?? null, state };
}

function keyWords(bytes: Uint8Array | undefined, details: PublicKeyDetails | undefined): string {
  try {
    const key = createPublicKey({ key: Buffer.from(bytes ?? []), format: 'der', type: 'spki' });
    const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType === 'ed25519') return 'Ed25519';
    if (key.asymmetricKeyType === 'rsa') return `RSA-${modulusLength}`;
    const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
    return `ECDSA ${curves[namedCurve ?? ''] ?? namedCurve}`;
  } catch {
    return details === undefined ? 'no key' : (PublicKeyDetails[details] ?? 'another key');
  }
}

function section(title: string, lines: string[]): string[] {
  return ['', title, ...(lines.length === 0 ? ['  none'] : lines)];
}

function logLine(log: Log): string {
  return `  ${clean(log.url)}: ${log.key}, ${inWords(log)}`;
}

function authorityLines(authority: Authority): string[] {
  return [
    `  ${clean(authority.url)}: ${clean(authority.name)}, ${inWords(authority)}`,
    ...authority.certificates.map(
      ({ subject, expires }) => `    certificate ${clean(subject)}, until ${day(expires)}`,
    ),
  ];
}

function inWords({ from, to, state }: Period): string {
  if (from === null && to === null) return 'always';
  if (to === null) return state === 'not yet' ? `not before ${day(from)}` : `since ${day(from)}`;
  const range = from === null ? `until ${day(to)}` : `from ${day(from)} until ${day(to)}`;
  return state === 'valid' ? range : `${range} (${state})`;
}

function day(time: string | null): string {
  return time?.slice(0, 10) ?? '';
}
