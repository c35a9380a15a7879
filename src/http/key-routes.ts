import type { Context, Hono } from 'hono';
import { concatBytes } from '../base/concat-bytes.ts';
import { ChartsealError } from '../base/error.ts';
import { toHex } from '../base/hex.ts';
import { sha256 } from '../base/sha256.ts';
import { toSafeJson } from '../report/index.ts';
import type { AppEnv } from './app-env.ts';
import { armorPublicKeys } from './armor.ts';
import type { AppDependencies } from './dependencies.ts';
import {
  type PublishedKey,
  type PublishedSigstoreKey,
  publishedKeys,
  publishedSigstoreKeys,
} from './published-keys.ts';
import { mailbox, wkdHash } from './wkd.ts';

/** Seconds for which others may keep an answer: a key that is withdrawn is to be missed soon. */
const MAX_AGE = 300;

const BINARY = 'application/octet-stream';
const PEM = 'application/x-pem-file';

/**
 * Public keys of both schemes for anyone: `/v1/keys`, `/keys/*` and a Web Key Directory (draft-koch-openpgp-webkey-service, both
 * methods). They hold what the configuration holds and are made at the first request.
 */
export function addKeyRoutes(app: Hono<AppEnv>, { config, clock }: AppDependencies): void {
  let made: PublishedKey[] | undefined;
  const keys = async () => {
    made ??= await publishedKeys(config, clock());
    return made;
  };

  let madeSigstore: PublishedSigstoreKey[] | undefined;
  const sigstoreKeys = () => {
    madeSigstore ??= publishedSigstoreKeys(config);
    return madeSigstore;
  };

  app.get('/v1/keys', async (c) => {
    const origin = config.keys.publicUrl ?? new URL(c.req.url).origin;
    const list = [
      ...(await keys()).map((key) => describe(key, origin)),
      ...sigstoreKeys().map((key) => describeSigstore(key, origin)),
    ];
    return answer(c, `${toSafeJson({ keys: list })}\n`, 'application/json; charset=utf-8');
  });

  app.get('/keys/pgp.asc', async (c) => {
    const all = bytesOf(await keys());
    return answer(c, armorPublicKeys(all), 'application/pgp-keys', all.length);
  });
  app.get('/keys/pgp-all.gpg', async (c) => answer(c, bytesOf(await keys()), BINARY));
  app.get('/keys/pgp.gpg', async (c) => {
    return answer(c, bytesOf((await keys()).filter(({ helm }) => helm.old && helm.new)), BINARY);
  });

  // cosign reads one key from a file: that of the first entry, and each under its own name.
  app.get('/keys/cosign.pub', async (c) => answer(c, sigstoreKeys()[0]?.pem ?? '', PEM));
  app.get('/keys/cosign/:file', async (c) => {
    const key = sigstoreKeys().find((one) => fileOf(one) === c.req.param('file'));
    return answer(c, key?.pem ?? '', PEM);
  });

  const discover = async (c: Context, hash: string, domain: string | undefined) => {
    const asked = domain?.toLowerCase();
    const host = new URL(c.req.url).hostname;
    const found: { key: PublishedKey; domain: string }[] = [];
    for (const key of await keys()) {
      for (const userId of key.userIds) {
        const box = mailbox(userId);
        if (box === undefined || (asked !== undefined && box.domain !== asked)) continue;
        if ((await wkdHash(box.local)) === hash) found.push({ key, domain: box.domain });
      }
    }
    // By the direct method the host is the domain; behind a proxy that renames it, the reader checks the user ids.
    const own = asked === undefined ? found.filter((one) => one.domain === host) : [];
    return answer(c, bytesOf((own.length > 0 ? own : found).map(({ key }) => key)), BINARY);
  };
  // "?l=" is the local part in clear, for servers that make keys up as they are asked; the hash says it all.
  app.get('/.well-known/openpgpkey/hu/:hash', (c) => discover(c, c.req.param('hash'), undefined));
  app.get('/.well-known/openpgpkey/:domain/hu/:hash', (c) =>
    discover(c, c.req.param('hash'), c.req.param('domain')),
  );
  // Section 4.5: the file must be there, and may be empty.
  app.get('/.well-known/openpgpkey/policy', (c) => answer(c, '', 'text/plain; charset=utf-8', 1));
  app.get('/.well-known/openpgpkey/:domain/policy', (c) => answer(c, '', 'text/plain; charset=utf-8', 1));
}

function describe(key: PublishedKey, origin: string) {
  const { name, retired, fingerprint, keyId, algorithm, created, expires, revoked, userIds, helm } = key;
  const usableBy = [...(helm.old ? ['<=3.21.3'] : []), ...(helm.new ? ['>=3.21.4 <4', '>=4'] : [])];
  return {
    name,
    scheme: 'pgp',
    retired,
    fingerprint,
    keyId,
    algorithm,
    created,
    expires,
    revoked,
    userIds,
    // Versions of Helm that can load it, as in the predictions of reports.
    helm: usableBy,
    // To paste under "annotations" of Chart.yaml.
    annotation: `artifacthub.io/signKey: |\n  fingerprint: ${fingerprint}\n  url: ${origin}/keys/pgp.asc\n`,
  };
}

function describeSigstore(key: PublishedSigstoreKey, origin: string) {
  const { name, retired, fingerprint, algorithm, pem, cosignFlags } = key;
  return {
    name,
    scheme: 'sigstore',
    retired,
    fingerprint,
    algorithm,
    publicKey: pem,
    url: `${origin}/keys/cosign/${fileOf(key)}`,
    cosignFlags,
  };
}

// Retired keys have no name.
function fileOf({ name, fingerprint }: PublishedSigstoreKey): string {
  return `${name ?? fingerprint.toLowerCase()}.pub`;
}

function bytesOf(keys: PublishedKey[]): Uint8Array {
  const unique = [...new Map(keys.map((key) => [key.fingerprint, key.binary])).values()];
  return concatBytes(unique);
}

/** @param size 0: there is nothing to give, 404 */
async function answer(
  c: Context,
  body: string | Uint8Array,
  contentType: string,
  size = body.length,
): Promise<Response> {
  if (size === 0) throw new ChartsealError('request.not_found', 'there is no such public key here');
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const digest = await sha256(bytes);
  const etag = `"${toHex(digest.subarray(0, 16))}"`;
  const headers = { etag, 'cache-control': `public, max-age=${MAX_AGE}`, 'content-type': contentType };
  const known = (c.req.header('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return new Response(null, { status: 304, headers });
  return new Response(bytes as BodyInit, { headers });
}
