import type { CheckContext } from './check-context.ts';
import { checkNames } from './check-names.ts';
import type { Admission } from './config.ts';
import { missingSecret } from './missing-secret.ts';
import { mapOf } from './plain.ts';
import { admissionSchema } from './schema.ts';
import { readSecret } from './secret.ts';

export const DEFAULT_ADMISSION: Readonly<Admission> = {
  mode: 'enforce',
  onInconclusive: 'deny',
  notOci: 'deny',
  unresolved: 'deny',
  unreadable: 'deny',
  ranges: 'warn',
  tags: 'allow',
  pinRanges: false,
  pinDrift: false,
  callers: [],
  cluster: false,
};

/** Shortest secret segment of a path: what stands in the logs of proxies must not be guessable as well. */
const MIN_PATH_SECRET_LENGTH = 16;

// Unreserved in RFC 3986 section 2.3 without "." and "~", so that no proxy writes it in another way.
const SEGMENT = /^[A-Za-z0-9_-]{1,200}$/;

/**
 * Checks `admission` beyond its shape and takes in the secret segment of its paths, as a digest only.
 * @param callers all names under callers
 * @returns the defaults if it is of no good shape, which is reported elsewhere
 */
export async function checkAdmission(
  raw: unknown,
  callers: ReadonlySet<string>,
  context: CheckContext,
): Promise<Admission> {
  const names = checkNames(mapOf(raw).callers, ['admission', 'callers'], callers, 'callers', context);
  const text = admissionSchema.safeParse(raw ?? {});
  if (!text.success) return { ...DEFAULT_ADMISSION };
  const { pathSecret, callers: _, ...written } = text.data;
  if (written.cluster === true && context.runtime === 'edge') {
    context.report(
      ['admission', 'cluster'],
      'found true; the edge is in no cluster, so there are no objects to read: remove it',
    );
  }
  const digest = pathSecret === undefined ? undefined : await readSegment(pathSecret.secret, context);
  const given = Object.entries(written).filter(([, value]) => value !== undefined);
  return {
    ...DEFAULT_ADMISSION,
    ...(Object.fromEntries(given) as Partial<Admission>),
    callers: names,
    ...(digest === undefined ? {} : { pathSecretDigest: digest }),
  };
}

async function readSegment(variable: string, context: CheckContext): Promise<Uint8Array | undefined> {
  if (context.use === 'verify' || context.secret === undefined) return undefined;
  const path = ['admission', 'pathSecret', 'secret'];
  const segment = readSecret(variable, context.secret)?.trim();
  if (segment === undefined) {
    context.report(path, missingSecret(variable), 'config.secret_missing');
    return undefined;
  }
  if (segment.length < MIN_PATH_SECRET_LENGTH || !SEGMENT.test(segment)) {
    context.report(
      path,
      `the segment in ${variable} is not ${MIN_PATH_SECRET_LENGTH} to 200 letters, digits, "-" and "_"; make one with: openssl rand -hex 32`,
    );
    return undefined;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(segment)));
}
