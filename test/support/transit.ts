import {
  constants,
  createECDH,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  randomBytes,
} from 'node:crypto';
import { NOW } from './signing.ts';

/** The transit engine of a Vault, as far as chartseal asks it, with one key called `release`. */
export interface Transit {
  fetch: typeof fetch;
  requests: { method: string; url: string; headers: Headers; body: Record<string, unknown> | undefined }[];
  /** As Vault does: a new version, which signs from now on. */
  rotate(): void;
  /** The public half of the newest version, as cosign.pub is. */
  publicPem(): string;
  /** Set to answer in Vault's place. */
  answer: ((request: Request) => Promise<Response> | Response) | undefined;
}

export const TOKEN = 'hvs.a-token-that-must-not-be-told';
export const VAULT = { address: 'https://vault.example.com:8200', key: 'release', token: TOKEN };

export function createTransit(type: 'rsa-3072' | 'rsa-2048' | 'ecdsa-p256' | 'ed25519'): Transit {
  const versions = [pair(type)];
  const transit: Transit = {
    requests: [],
    answer: undefined,
    rotate: () => versions.push(pair(type)),
    publicPem: () => versions.at(-1)?.publicKey.export({ type: 'spki', format: 'pem' }).toString() ?? '',
    fetch: async (input, init) => {
      const request = new Request(input as string, init);
      const text = await request.text();
      const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
      const { method, url, headers } = request;
      transit.requests.push({ method, url, headers, body });
      if (transit.answer) return transit.answer(request);
      if (headers.get('x-vault-token') !== TOKEN) return fault(403, 'permission denied');
      if (url === `${VAULT.address}/v1/transit/keys/release`)
        return Response.json({ data: show(type, versions) });
      const path = `${VAULT.address}/v1/transit/sign/release/`;
      if (url !== `${path}sha2-512` && url !== `${path}sha2-256`) return fault(404, 'no handler for route');
      const version = (body?.key_version as number | undefined) ?? versions.length;
      const key = versions[version - 1];
      if (key === undefined) return fault(400, 'requested version is unavailable');
      const raw = signDigest(key.privateKey, Buffer.from(String(body?.input), 'base64'));
      return Response.json({
        data: { signature: `vault:v${version}:${raw.toString('base64')}`, key_version: version },
      });
    },
  };
  return transit;
}

/** The raw signature of a SHA-512 or SHA-256 digest: PKCS1-v1_5, or ECDSA as DER. */
export function signDigest(key: KeyObject, digest: Uint8Array): Buffer {
  if (key.asymmetricKeyType === 'ec') return ecdsa(key, digest);
  // DigestInfo of SHA-512 and SHA-256 (RFC 8017, section 9.2).
  const info =
    digest.length === 64
      ? '3051300d060960864801650304020305000440'
      : '3031300d060960864801650304020105000420';
  const prefix = Buffer.from(info, 'hex');
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([prefix, digest]));
}

export function pair(type: string): { publicKey: KeyObject; privateKey: KeyObject } {
  if (type === 'ed25519') return generateKeyPairSync('ed25519');
  if (type === 'ecdsa-p256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return generateKeyPairSync('rsa', { modulusLength: Number(type.slice(4)) });
}

function show(type: string, versions: { publicKey: KeyObject }[]): object {
  const shown = versions.map(({ publicKey }, index) => [
    String(index + 1),
    {
      creation_time: new Date(NOW - 86_400_000 + index * 1000 + 123).toISOString(),
      name: type,
      public_key: publicKey.export({ type: 'spki', format: 'pem' }),
    },
  ]);
  return { type, latest_version: versions.length, keys: Object.fromEntries(shown) };
}

function fault(status: number, error: string): Response {
  return Response.json({ errors: [error] }, { status });
}

// Node signs messages; transit is given a digest. FIPS 186-5, section 6.4, on P-256.
function ecdsa(key: KeyObject, digest: Uint8Array): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const secret = number(Buffer.from(key.export({ format: 'jwk' }).d!, 'base64url'));
  const nonce = (number(randomBytes(40)) % (order - 1n)) + 1n;
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(Buffer.from(nonce.toString(16).padStart(64, '0'), 'hex'));
  const r = number(curve.getPublicKey().subarray(1, 33)) % order;
  const s = (power(nonce, order - 2n, order) * (number(digest.slice(0, 32)) + r * secret)) % order;
  const integers = [r, s].map((value) => {
    const hex = value.toString(16);
    const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
    const body = bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(2, body.length), body]);
  });
  const body = Buffer.concat(integers);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let square = base % modulus, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
