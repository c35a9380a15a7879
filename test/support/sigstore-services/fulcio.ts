import { createPublicKey, verify } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { FakeSigstore } from '../sigstore/index.ts';
import type { ServiceCall } from './create-services.ts';

/** The identity that a token of the suites becomes: whatever its claim `certified` says, where it has one. */
export function identityOf(claims: Record<string, unknown>): string {
  return String(
    claims.certified ??
      claims.email ??
      `https://github.com/acme/charts/.github/workflows/release.yml@refs/tags/v1.2.3`,
  );
}

/** POST /api/v2/signingCert, as fulcio.proto has it. */
export function answerFulcio({ method, url, body }: ServiceCall, sigstore: FakeSigstore): Response {
  if (method !== 'POST' || new URL(url).pathname !== '/api/v2/signingCert') return fault(404, 'Not Found');
  const { credentials, publicKeyRequest } = JSON.parse(Buffer.from(body).toString());
  const claims = decodeJwt(credentials.oidcIdentityToken);
  if (claims.aud !== 'sigstore') return fault(400, 'There was an error processing the identity token');
  const { algorithm, content } = publicKeyRequest.publicKey;
  if (algorithm !== 'ECDSA') return fault(400, 'The public key supplied in the request is invalid');
  const key = createPublicKey(content);
  const proof = Buffer.from(publicKeyRequest.proofOfPossession, 'base64');
  const possessed = verify('sha256', Buffer.from(String(claims.email ?? claims.sub)), key, proof);
  if (!possessed) return fault(400, 'The signature supplied in the request could not be verified');
  const leaf = sigstore.issue({
    publicKey: key.export({ type: 'spki', format: 'der' }),
    identity: identityOf(claims),
    issuer: String(claims.iss),
  });
  const { intermediate, root } = sigstore.authority;
  const certificates = [leaf.pem, intermediate.pem, root.pem];
  return Response.json({ signedCertificateEmbeddedSct: { chain: { certificates } } });
}

function fault(status: number, message: string): Response {
  return Response.json({ code: status === 404 ? 5 : 3, message, details: [] }, { status });
}
