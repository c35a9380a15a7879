import { type KeyObject, X509Certificate } from 'node:crypto';
import type { TrustedRoot as TrustedRootMessage } from '@sigstore/protobuf-specs';
import { toHex } from '../base/hex.ts';
import { readRootMessage } from './read-trusted-root.ts';
import { describeKey } from './signing-key.ts';

/** When somebody counts. */
export interface DescribedPeriod {
  /** RFC 3339; null: open at that end. */
  from: string | null;
  to: string | null;
  state: 'valid' | 'over' | 'not yet';
}

export interface DescribedLog extends DescribedPeriod {
  url: string;
  key: string;
  /** Hex. */
  id: string;
}

export interface DescribedAuthority extends DescribedPeriod {
  url: string;
  name: string;
  certificates: { subject: string; expires: string }[];
}

/** Whom a trusted root trusts. Texts are those of the file. */
export interface DescribedRoot {
  /** `sha256:…` of the file. */
  digest: string;
  mediaType: string;
  tlogs: DescribedLog[];
  certificateAuthorities: DescribedAuthority[];
  ctlogs: DescribedLog[];
  timestampAuthorities: DescribedAuthority[];
}

/**
 * Whom a trusted_root.json trusts, for a person to look at. What no verification would use is refused here too.
 * @param now milliseconds since the epoch
 * @throws ChartsealError `sigstore.root_invalid`
 */
export async function describeTrustedRoot(bytes: Uint8Array, now: number): Promise<DescribedRoot> {
  const { message, root } = await readRootMessage(bytes);
  const logs = (kind: 'tlogs' | 'ctlogs') =>
    message[kind].map((log, at) => ({
      url: log.baseUrl,
      key: keyWords(root.material[kind][at]?.publicKey),
      id: toHex(log.logId?.keyId ?? new Uint8Array()),
      ...period(log.publicKey?.validFor, now),
    }));
  const authorities = (kind: 'certificateAuthorities' | 'timestampAuthorities') =>
    message[kind].map((authority) => ({
      url: authority.uri,
      name: [authority.subject?.commonName, authority.subject?.organization].filter(Boolean).join(', '),
      certificates: certificatesOf(authority),
      ...period(authority.validFor, now),
    }));
  return {
    digest: root.digest,
    mediaType: message.mediaType,
    tlogs: logs('tlogs'),
    certificateAuthorities: authorities('certificateAuthorities'),
    ctlogs: logs('ctlogs'),
    timestampAuthorities: authorities('timestampAuthorities'),
  };
}

function certificatesOf({ certChain }: TrustedRootMessage['certificateAuthorities'][number]) {
  return (certChain?.certificates ?? []).map(({ rawBytes }) => {
    const { subject, validTo } = new X509Certificate(rawBytes);
    return { subject: subject.replaceAll('\n', ', '), expires: new Date(validTo).toISOString() };
  });
}

function period(
  validFor: { start?: Date | undefined; end?: Date | undefined } | undefined,
  now: number,
): DescribedPeriod {
  const { start, end } = validFor ?? {};
  const state =
    end !== undefined && end.getTime() < now
      ? 'over'
      : start !== undefined && start.getTime() > now
        ? 'not yet'
        : 'valid';
  return { from: start?.toISOString() ?? null, to: end?.toISOString() ?? null, state };
}

function keyWords(key: KeyObject | undefined): string {
  const kind = key === undefined ? 'no key' : describeKey(key);
  return typeof kind === 'string' ? kind : kind.algorithm;
}
