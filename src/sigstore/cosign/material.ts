import type { TrustMaterial } from '@sigstore/verify';

/** What a trusted root says of logs and authorities, in the form in which @sigstore/verify holds it. */
export type Material = Pick<
  TrustMaterial,
  'certificateAuthorities' | 'timestampAuthorities' | 'tlogs' | 'ctlogs'
>;
export type LogAuthority = Material['tlogs'][number];
export type CertAuthority = Material['certificateAuthorities'][number];
