import { ChartsealError } from './base/error.ts';
import { chooseVersion, parseReference } from './oci/index.ts';
import type { Report } from './report/index.ts';
import { choosePolicies, type VerifyContext, type VerifyRequest } from './verification/index.ts';
import { verify } from './verify.ts';

/** Asks for a verdict as `verify` does, and throws as it does. */
export type Verifier = (request: VerifyRequest, context: VerifyContext) => Promise<Report>;

/** A verification that several wait for. */
interface Flight {
  report: Promise<Report>;
  waiting: number;
  /** Gives the work up when nobody waits any more. */
  controller: AbortController;
}

/**
 * A verifier for one Node process, which all its faces share: those who ask the same while it is being found out get
 * the same answer, under ids of their own. "The same" is what shares a place in the verdict cache, as it is before the
 * registry was asked: who may see it, registry, repository, tag as written or range, digest, policies, depth.
 *
 * Whoever asks for fresh answers (`noCache`), counts requests together with others (`budget`) or brings a keyring asks
 * alone. Whoever gives up (`signal`) leaves alone; the work ends when all have left.
 *
 * Not for workerd: there no request may wait for what another one does.
 */
export function createSharedVerifier(work: Verifier = verify): Verifier {
  const flights = new Map<string, Flight>();

  const start = (key: string, request: VerifyRequest, context: VerifyContext): Flight => {
    const controller = new AbortController();
    const flight: Flight = {
      report: work(request, { ...context, signal: controller.signal }),
      waiting: 0,
      controller,
    };
    flights.set(key, flight);
    const land = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.report.then(land, land);
    return flight;
  };

  return async (request, context) => {
    const key = keyOf(request, context);
    if (key === undefined) return work(request, context);
    const startedAt = context.clock();
    const underWay = flights.get(key);
    const flight = underWay ?? start(key, request, context);
    flight.waiting++;
    try {
      const report = await untilAborted(flight.report, context.signal);
      return underWay === undefined ? report : copyOf(report, startedAt, context);
    } finally {
      flight.waiting--;
      if (flight.waiting === 0) {
        // Nobody may join work that is being given up.
        if (flights.get(key) === flight) flights.delete(key);
        flight.controller.abort();
      }
    }
  };
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

function untilAborted(report: Promise<Report>, signal: AbortSignal | undefined): Promise<Report> {
  if (signal === undefined) return report;
  return new Promise((resolve, reject) => {
    const leave = () =>
      reject(
        new ChartsealError('registry.cancelled', 'given up before the verdict was there', {
          retryable: true,
        }),
      );
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    report.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
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
