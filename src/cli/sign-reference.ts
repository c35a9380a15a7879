import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { type Digest, formatReference, type Reference, type RegistryClient } from '../oci/index.ts';
import type { Io } from '../platform/node/io.ts';
import { EXIT } from './exit-status.ts';
import { openSigning } from './open-signing.ts';
import { orderOf } from './order-of.ts';
import type { Target } from './parse-target.ts';
import { resolveTag } from './resolve-tag.ts';
import { showSigned } from './show-signed.ts';
import type { SignOptions } from './sign-options.ts';
import { withProgress } from './with-progress.ts';

/**
 * Signs one chart in a registry. Without a digest it is refused, with the digest that the tag names now: what is signed
 * is what somebody looked at.
 */
export async function signReference(
  { text, reference }: Target & { kind: 'reference' },
  options: SignOptions,
  io: Io,
): Promise<number> {
  const signing = await openSigning(reference, options, io);
  try {
    if (reference.digest === undefined && options.expectedDigest === undefined && reference.tag !== undefined)
      throw await digestRequired(reference, signing.client, options);
    await signing.ready();
    const result = await withProgress(reference.host, io, () => signing.sign(orderOf(text, options)));
    showSigned(result, options, io, signing.cosignFlags);
    return EXIT.allow;
  } finally {
    await signing.close();
  }
}

async function digestRequired(
  reference: Reference,
  client: RegistryClient,
  options: SignOptions,
): Promise<ChartsealError> {
  const described = formatReference(reference);
  let digest: Digest;
  try {
    digest = await resolveTag(client, reference);
  } catch (error) {
    // With --server this command may have no access to the registry, and needs none.
    if (options.server === undefined) throw error;
    return new ChartsealError('sign.digest_required', `${described} is named by tag alone`, {
      help: 'Add the digest that helm push printed: oci://HOST/REPOSITORY:TAG@sha256:…',
    });
  }
  return new ChartsealError(
    'sign.digest_required',
    `${described} is named by tag alone; the tag names ${digest} now`,
    {
      help: `Compare it with what helm push printed. If it is that: chartseal sign ${described}@${digest}${flagsOf(options)}`,
    },
  );
}

// As much of the command as it takes to paste it.
function flagsOf({ key, cosignKey, keyless, vault, server, plainHttp }: SignOptions): string {
  const file = (flag: string, name: string | undefined) =>
    name === undefined ? '' : ` ${flag} ${clean(name, 300)}`;
  const more = (vault ?? server ?? keyless) === undefined ? '' : ' …';
  const by = `${file('--key', key)}${file('--cosign-key', cosignKey)}${more}`;
  return `${by}${plainHttp ? ' --plain-http' : ''}`;
}
