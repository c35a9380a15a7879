import { z } from 'zod';
import { ChartsealError } from '../base/error.ts';
import { mapBounded } from '../base/map-bounded.ts';
import type { ListItem, Report } from '../report/index.ts';
import type { VerifyContext, VerifyRequest } from '../verification/index.ts';
import type { Caller } from './authenticate.ts';
import { chooseFormat } from './choose-format.ts';
import type { AppDependencies } from './dependencies.ts';
import { toProblem } from './problem.ts';
import { parseBody, readJson } from './read-json.ts';
import { listResponse, reportResponse } from './respond.ts';

const text = (max: number) => z.string().min(1).max(max);
const shared = {
  policy: text(200).optional(),
  depth: z.enum(['signature', 'content']).optional(),
};

/** `POST /v1/verify` for one chart. */
const verifyOneSchema = z.strictObject({
  reference: text(1000),
  version: text(256).optional(),
  ...shared,
});

/** `POST /v1/verify` for many; each may be a reference or an object with its own version. */
const verifyManySchema = z.strictObject({
  references: z
    .array(z.union([text(1000), z.strictObject({ reference: text(1000), version: text(256).optional() })]))
    .min(1),
  ...shared,
});

// Held to the one or the other by what it names, so that a problem is told of the field that has it.
function readBody(value: unknown): z.infer<typeof verifyOneSchema> | z.infer<typeof verifyManySchema> {
  const isMany = typeof value === 'object' && value !== null && 'references' in value;
  return isMany ? parseBody(verifyManySchema, value) : parseBody(verifyOneSchema, value);
}

/** Answers `POST /v1/verify`. The caller is already known. */
export async function verifyRoute(
  request: Request,
  caller: Caller,
  requestId: string,
  dependencies: AppDependencies,
  charge: (cost: number) => void,
): Promise<{ response: Response; reports: Report[] }> {
  const { config, verify } = dependencies;
  const query = new URL(request.url).searchParams;
  const format = chooseFormat(query.get('format') ?? undefined, request.headers.get('accept') ?? undefined);
  const statusFromVerdict = readStatusMode(query.get('status'));
  const noCache = asksNoCache(request);
  const body = readBody(await readJson(request, z.unknown(), config.limits.jsonBytes));
  const anyone = caller.name === undefined;
  if (anyone && noCache) throw forAnyone('Cache-Control: no-cache');
  if (anyone && 'references' in body) throw forAnyone('"references"');

  const context: VerifyContext = {
    config,
    client: dependencies.client,
    clock: dependencies.clock,
    newId: dependencies.newId,
    cache: dependencies.cache,
    anonymous: anyone,
    noCache,
    signal: request.signal,
    scope: anyone ? 'anyone' : 'callers',
  };
  if ('reference' in body) {
    charge(1);
    const report = await verify(body, context);
    return { response: reportResponse(report, format, statusFromVerdict), reports: [report] };
  }

  const { references, ...rest } = body;
  if (references.length > config.limits.references) {
    throw new ChartsealError(
      'request.invalid',
      `${references.length} references were asked for, at most ${config.limits.references} are allowed (limits.references)`,
    );
  }
  charge(references.length);
  const budget = { requests: config.limits.requests };
  const tasks = references.map((item): VerifyRequest => {
    return typeof item === 'string' ? { reference: item, ...rest } : { ...item, ...rest };
  });
  const items = await mapBounded(tasks, config.limits.concurrency, async (task): Promise<ListItem> => {
    try {
      return { report: await verify(task, { ...context, budget }) };
    } catch (error) {
      const problem = toProblem(error, requestId);
      if (problem.code === 'internal.error')
        dependencies.log({ level: 'error', message: 'internal error', requestId, error });
      return { problem };
    }
  });
  const reports = items.flatMap((item) => ('report' in item ? [item.report] : []));
  return { response: listResponse(items, format, statusFromVerdict), reports };
}

/** Does the request ask to skip every cache? */
function asksNoCache(request: Request): boolean {
  return /(?:^|,)\s*no-cache\s*(?:,|$)/i.test(request.headers.get('cache-control') ?? '');
}

/** Reads `?status=`. @throws ChartsealError `request.invalid` */
export function readStatusMode(status: string | null): boolean {
  if (status === null) return false;
  if (status === 'verdict') return true;
  throw new ChartsealError('request.invalid', 'the query parameter "status" can only be "verdict"');
}

function forAnyone(what: string): ChartsealError {
  return new ChartsealError('request.forbidden', `${what} is for callers with a token only`);
}
