import { Buffer } from 'node:buffer';
import { ChartsealError } from '../../base/error.ts';
import { readIdentityToken, refuseExpired } from './read-identity-token.ts';

/** Who vouches for whom. */
interface CertifiedIdentity {
  issuer: string;
  subject: string;
}

/**
 * Whom a certificate authority will name in the certificate for an identity token, as Fulcio does it for the issuers that it
 * knows (fulcio:config/identity/config.yaml, pkg/identity): the e-mail address, the workflow of GitHub Actions, the pipeline
 * definition of GitLab, else the subject of the token. For others it names something else, and what the certificate says is
 * what counts.
 * @param at now, milliseconds since the epoch: a token that has expired stands for nobody
 * @throws ChartsealError sign.identity_token; no part of the token is in it
 */
export function certifiedIdentity(token: string, at: number): CertifiedIdentity {
  const own = readIdentityToken(token);
  refuseExpired(own, at);
  const { issuer, subject } = own;
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const identity = { issuer: issuerOf(claims) ?? issuer, subject: workflowOf(claims) ?? subject };
  requireLiteral(identity);
  return identity;
}

/**
 * Trust entries read an asterisk in an identity as a glob, so nobody is called by one.
 * @throws ChartsealError sign.identity_token
 */
export function requireLiteral({ issuer, subject }: CertifiedIdentity): void {
  if (!issuer.includes('*') && !subject.includes('*')) return;
  throw new ChartsealError(
    'sign.identity_token',
    'the identity has an asterisk in it, which no identity has',
  );
}

// sigstore's own issuer passes on what others vouch for, and says who they are.
function issuerOf({ iss, federated_claims: federated }: Record<string, unknown>): string | undefined {
  if (iss !== 'https://oauth2.sigstore.dev/auth' && iss !== 'https://oauth2.sigstage.dev/auth')
    return undefined;
  const connector = (federated as { connector_id?: unknown } | null | undefined)?.connector_id;
  return typeof connector === 'string' && connector !== '' ? connector : undefined;
}

function workflowOf(claims: Record<string, unknown>): string | undefined {
  if (typeof claims.email === 'string' && claims.email !== '') return undefined;
  const { job_workflow_ref: github, ci_config_ref_uri: gitlab } = claims;
  if (typeof github === 'string' && github !== '') return `https://github.com/${github}`;
  return typeof gitlab === 'string' && gitlab !== '' ? `https://${gitlab}` : undefined;
}
