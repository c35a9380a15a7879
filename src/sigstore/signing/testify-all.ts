import { logV1 } from './log-v1.ts';
import { logV2 } from './log-v2.ts';
import type { SelectedServices } from './select-services.ts';
import type { SignerEnvironment } from './signer.ts';
import { timestampAuthority } from './timestamp-authority.ts';
import type { SignedContent, Testimony, Witness } from './witness.ts';

/** Logs and timestamp authorities as they are asked for one signature. */
export function witnessesOf(
  { logs, timestampAuthorities }: Pick<SelectedServices, 'logs' | 'timestampAuthorities'>,
  environment: SignerEnvironment,
): Witness[] {
  const { timeouts } = environment;
  return [
    ...logs.map(({ url, majorApiVersion }) =>
      (majorApiVersion === 2 ? logV2 : logV1)(environment, { url, timeoutMs: timeouts?.logMs }),
    ),
    ...timestampAuthorities.map(({ url }) =>
      timestampAuthority(environment, { url, timeoutMs: timeouts?.timestampAuthorityMs }),
    ),
  ];
}

/**
 * Asks all witnesses at the same time. When one fails, the others are not waited for.
 * @throws what the first of them throws
 */
export async function testifyAll(
  witnesses: readonly Witness[],
  content: SignedContent,
  keyOrCertificate: string,
  signal: AbortSignal | undefined,
): Promise<Required<Testimony>> {
  const controller = new AbortController();
  const giveUp = () => controller.abort();
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted) giveUp();
  try {
    const all = await Promise.all(
      witnesses.map((witness) => witness.testify(content, keyOrCertificate, controller.signal)),
    );
    return {
      tlogEntries: all.flatMap(({ tlogEntries = [] }) => tlogEntries),
      rfc3161Timestamps: all.flatMap(({ rfc3161Timestamps = [] }) => rfc3161Timestamps),
    };
  } finally {
    signal?.removeEventListener('abort', giveUp);
    giveUp();
  }
}
