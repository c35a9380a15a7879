import type { ClientOptions, Digest } from '../../../src/oci/index.ts';
import {
  findSignatures,
  type LocatedSignature,
  type SearchInput,
  type SignatureBatch,
} from '../../../src/sigstore/index.ts';
import { asked, boxed } from '../../oci/box.ts';
import { REF } from '../../oci/support.ts';
import type { Place } from '../../support/attach-signature.ts';

/** A memory registry with one chart, and a search for what is attached to it. */
export async function box(options: Partial<ClientOptions> = {}) {
  const { registry, client, chart } = await boxed(options);
  const place: Place = { registry, repository: REF.repository, subject: chart };
  const search = (more: Partial<SearchInput> = {}) => {
    const session = more.session ?? client.session();
    const { digest: subject } = chart;
    let listed: ReturnType<SearchInput['referrers']> | undefined;
    const referrers = () => {
      listed ??= session.listReferrers(REF, subject);
      return listed;
    };
    return findSignatures({ session, reference: REF, subject, referrers, ...more });
  };
  return { registry, client, chart, place, search, asked: () => asked(registry) };
}

export type Box = Awaited<ReturnType<typeof box>>;

/** Everything a search finds, its failures, and the batches it came in. */
export async function all(batches: AsyncGenerator<SignatureBatch>) {
  const read: SignatureBatch[] = [];
  for await (const batch of batches) read.push(batch);
  return {
    batches: read,
    found: read.flatMap(({ found }) => found),
    failures: read.flatMap(({ failure }) => failure ?? []),
  };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The signatures as text, in their order; the code of the error of those that could not be fetched. */
export function texts(found: LocatedSignature[]): string[] {
  return found.map(({ fetched }) =>
    fetched.ok ? new TextDecoder().decode(fetched.value.bytes) : fetched.error.code,
  );
}

/** As the request for a manifest or blob of the chart's repository stands in the log. */
export function get(kind: 'manifests' | 'blobs' | 'referrers', which: string): string {
  return `GET /v2/${REF.repository}/${kind}/${which}`;
}

/** cosign's tag for the digest. */
export function tagOf(digest: Digest, suffix: 'sig' | 'att'): string {
  return `${digest.replace(':', '-')}.${suffix}`;
}
