import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { ChartsealError } from '../../base/error.ts';
import type { Signer } from '../../base/evidence.ts';
import { parseDigest } from '../../oci/index.ts';
import { COSIGN_SIGN } from '../trust.ts';
import { envelope, messageSignature, signatureOf, signedBytes } from './content.ts';
import { legacyAnnotations } from './legacy-annotations.ts';
import type { SigningCertificate } from './request-certificate.ts';
import type { SelectedServices } from './select-services.ts';
import type { LegacySignature, SignedChart, SignerEnvironment, SignInput } from './signer.ts';
import type { SigningKey } from './signing-key.ts';
import { IN_TOTO, signStatement, simpleSigningPayload } from './statement.ts';
import { testifyAll, witnessesOf } from './testify-all.ts';
import type { SignedContent, Testimony } from './witness.ts';
import { writeBundle } from './write-bundle.ts';

/** With what a chart is signed. */
interface SigningMeans {
  key: SigningKey;
  /** Of the key, for keyless signatures. */
  certificate?: SigningCertificate;
  services: Pick<SelectedServices, 'logs' | 'timestampAuthorities'>;
  environment: SignerEnvironment;
}

/** A log of version 2 takes a signature once; another signature of the same is another entry. */
const TRIES = 3;

/** Signs, has it witnessed, and puts the bundle together, and on request the layer of a `.sig` manifest. */
export async function signChart(input: SignInput, means: SigningMeans): Promise<SignedChart> {
  const { key, certificate } = means;
  const digest = parseDigest(input.subject.digest);
  const statement = signStatement(digest, input.annotations ?? {});
  const { content, testimony } = await signAndTestify(statement, input, means);
  const bundle = writeBundle(
    content,
    certificate === undefined
      ? { $case: 'publicKey', publicKey: { hint: key.public.hint } }
      : { $case: 'certificate', certificate: { rawBytes: certificate.leaf } },
    testimony,
  );
  const legacy = input.legacy && (await signLegacy(input, means));
  return { bundle, predicateType: COSIGN_SIGN, signer: signerOf(means), ...(legacy && { legacy }) };
}

async function signAndTestify(
  statement: Uint8Array,
  { signal }: SignInput,
  { key, certificate, services, environment }: SigningMeans,
): Promise<{ content: SignedContent; testimony: Required<Testimony> }> {
  const witnesses = witnessesOf(services, environment);
  for (let tries = 1; ; tries++) {
    // Keys that always give the same signature of the same bytes need other bytes.
    const payload = tries > 1 && key.algorithm.deterministic ? withBlanks(statement) : statement;
    const signature = await key.sign(signedBytes(IN_TOTO, payload), signal);
    const content = envelope(IN_TOTO, payload, signature);
    try {
      const pem = certificate?.leafPem ?? key.publicPem;
      return { content, testimony: await testifyAll(witnesses, content, pem, signal) };
    } catch (error) {
      const again = error instanceof ChartsealError && error.code === 'sign.log_duplicate' && tries < TRIES;
      if (!again) throw error;
    }
  }
}

/** JSON is the same with blanks behind it; cosign's own statements have them at other places. */
function withBlanks(json: Uint8Array): Uint8Array {
  const blanks = [...randomBytes(16)].map((byte) => ' \t\n\r'.charCodeAt(byte % 4));
  return Buffer.concat([json, Uint8Array.from(blanks)]);
}

async function signLegacy(
  { subject, annotations = {}, legacy, signal }: SignInput,
  { key, certificate, services, environment }: SigningMeans,
): Promise<LegacySignature> {
  const payload = simpleSigningPayload(parseDigest(subject.digest), legacy?.repository ?? '', annotations);
  const signature = await key.sign(payload, signal);
  const content = messageSignature(payload, key.algorithm.hash ?? 'sha256', signature);
  // A `.sig` layer can hold only what logs of version 1 give.
  const logs = services.logs.filter(({ majorApiVersion }) => majorApiVersion === 1);
  const witnesses = witnessesOf({ ...services, logs }, environment);
  const testimony = await testifyAll(witnesses, content, certificate?.leafPem ?? key.publicPem, signal);
  return { payload, annotations: legacyAnnotations(signatureOf(content), testimony, certificate) };
}

function signerOf({ key, certificate }: SigningMeans): Signer {
  if (certificate === undefined) return { fingerprint: key.public.fingerprint };
  const { issuer, subject } = certificate;
  return { ...(issuer !== undefined && { issuer }), ...(subject !== undefined && { subject }) };
}
