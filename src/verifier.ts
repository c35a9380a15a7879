import { createFlights } from './base/flights.ts';
import { chooseVersion, parseReference } from './oci/index.ts';
import type { Report } from './report/index.ts';
import { choosePolicies, type VerifyContext, type VerifyRequest } from './verification/index.ts';
import { verify } from './verify.ts';

/** Asks for a verdict as `verify` does, and throws as it does. */
export type Verifier = (request: VerifyRequest, context: VerifyContext) => Promise<Report>;

/**
 * A verifier for one Node process, which all its faces share: those who ask the same while it is being found out get
 * the same answer, under ids of their own. "The same" is what shares a place in the verdict cache, as it is before the
 * registry was asked: who may see it, registry, repository, tag as written or range, digest, policies, depth.
 *
 * Whoever asks for fresh answers (`noCache`), counts requests together with others (`budget`) or brings a keyring asks
 * alone. Not for workerd: there no request may wait for what another one does.
 */
export function createSharedVerifier(work: Verifier = verify): Verifier {
  const flights = createFlights<Report>();
  return async (request, context) => {
    const key = keyOf(request, context);
    if (key === undefined) return work(request, context);
    const startedAt = context.clock();
    const ask = () => flights.join(key, context.signal, (signal) => work(request, { ...context, signal }));
    const first = await ask();
    // It was given up because its turn would come too late for whoever began it, who may have had less time.
    const { result, joined } = first.joined && wasTooLate(first.result) ? await ask() : first;
    return joined ? copyOf(result, startedAt, context) : result;
  };
}

function wasTooLate({ verdict, reasons }: Report): boolean {
  return verdict === 'inconclusive' && reasons[0]?.code === 'limit.load';
}

// What cannot be read or is covered by no policy costs nothing, and throws as it should when it is done alone.
function keyOf(request: VerifyRequest, context: VerifyContext): string | undefined {
  if (context.noCache || context.budget !== undefined || context.keyringPolicy !== undefined)
    return undefined;
  try {
    const reference = parseReference(request.reference);
    const version = chooseVersion(reference, request.version);
    const policies = choosePolicies(`${reference.host}/${reference.repository}`, request, context);
    if (policies.length === 0) return undefined;
    return JSON.stringify([
      context.scope,
      context.anonymous === true,
      // As it was written: what a report predicts of Helm depends on it.
      request.reference,
      version.kind === 'range' ? version.text : (version.tag ?? null),
      policies.map(({ policy, chosenBy }) => [policy.name, policy.revision, chosenBy]),
      request.depth ?? null,
    ]);
  } catch {
    return undefined;
  }
}

// The copy keeps verifiedAt, as a report out of the cache does. It cost its reader no request.
function copyOf(report: Report, startedAt: number, context: VerifyContext): Report {
  return {
    ...report,
    id: context.newId(),
    stats: {
      registryRequests: 0,
      tokenRequests: 0,
      bytes: 0,
      durationMs: context.clock() - startedAt,
      cache: 'hit',
    },
  };
}
