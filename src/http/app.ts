import { Hono } from 'hono';
import { ChartsealError } from '../base/error.ts';
import type { SignResult } from '../signing/index.ts';
import { addAdmissionRoutes, shownPath } from './admission-routes.ts';
import type { AppEnv } from './app-env.ts';
import { auditRoute } from './audit-route.ts';
import { authenticate, type Caller } from './authenticate.ts';
import type { AppDependencies } from './dependencies.ts';
import { addKeyRoutes } from './key-routes.ts';
import { createOidc } from './oidc.ts';
import { problemResponse } from './problem.ts';
import { createRateLimit } from './rate-limit.ts';
import { signRoute } from './sign-route.ts';
import { verifyFilesRoute } from './verify-files-route.ts';
import { verifyRoute } from './verify-route.ts';

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

const METHODS: readonly (readonly [path: string, allow: string])[] = [
  ['/v1/verify', 'POST'],
  ['/v1/verify/files', 'POST'],
  ['/v1/sign', 'POST'],
  ['/v1/audit', 'GET'],
  ['/v1/keys', 'GET'],
  ['/admission/validate', 'POST'],
  ['/admission/mutate', 'POST'],
  ['/gatekeeper/verify', 'POST'],
  ['/gatekeeper/mutate', 'POST'],
];

/** The whole HTTP face: each route knows who asks, hands over, and renders what comes back. */
export function createApp(dependencies: AppDependencies): Hono<AppEnv> {
  const { config, clock, log, newId } = dependencies;
  const app = new Hono<AppEnv>();
  const callerRate = config.limits.rate.callerVerifications;
  const anyoneRate = config.limits.rate.anyoneVerifications;
  const signRate = config.limits.rate.callerSignatures;
  const limitCaller = createRateLimit(clock, callerRate, callerRate / 1000);
  const limitSigner = createRateLimit(clock, signRate, signRate / 1000, 'signatures');
  const limitAddress = createRateLimit(clock, anyoneRate, anyoneRate / 60_000);

  app.use(async (c, next) => {
    const startedAt = clock();
    const given = c.req.header('x-request-id');
    c.set('requestId', given !== undefined && REQUEST_ID.test(given) ? given : newId());
    c.set('fields', {});
    await next();
    c.res.headers.set('x-request-id', c.get('requestId'));
    c.res.headers.set('x-content-type-options', 'nosniff');
    const { method } = c.req;
    const path = shownPath(c.req.path);
    const took = clock() - startedAt;
    const fields = { method, path, status: c.res.status, durationMs: took, ...c.get('fields') };
    log({ level: 'info', message: 'request', requestId: c.get('requestId'), ...fields });
  });

  app.onError((error, c) => {
    const requestId = c.get('requestId');
    if (!(error instanceof ChartsealError))
      log({ level: 'error', message: 'internal error', requestId, error });
    else c.set('fields', { ...c.get('fields'), code: error.code });
    return problemResponse(error, requestId);
  });

  app.notFound((c) => {
    const error = new ChartsealError(
      'request.not_found',
      `there is nothing at ${c.req.method} ${shownPath(c.req.path)}`,
    );
    return problemResponse(error, c.get('requestId'));
  });

  const { callers } = config;
  const authenticator = { callers, oidc: createOidc({ callers, fetch: dependencies.fetch, clock }) };
  const enter = (authorization: string | undefined): Promise<Caller> =>
    authenticate(authorization, authenticator, config.access.verify);
  // For what is never for anyone.
  const enterByName = async (authorization: string | undefined): Promise<string> =>
    (await authenticate(authorization, authenticator, 'callers')).name as string;
  const charge = (caller: Caller, request: Request, environment: unknown) => (cost: number) => {
    if (caller.name !== undefined) limitCaller(caller.name, cost);
    else limitAddress(dependencies.clientAddress(request, environment) ?? 'unknown', cost);
  };

  app.post('/v1/verify', async (c) => {
    const caller = await enter(c.req.header('authorization'));
    c.set('fields', { caller: caller.name ?? null });
    const pay = charge(caller, c.req.raw, c.env);
    const { response, reports } = await verifyRoute(c.req.raw, caller, c.get('requestId'), dependencies, pay);
    c.set('fields', { ...c.get('fields'), reports: reports.map(logged) });
    return response;
  });

  app.post('/v1/verify/files', async (c) => {
    const caller = await enter(c.req.header('authorization'));
    c.set('fields', { caller: caller.name ?? null });
    charge(caller, c.req.raw, c.env)(1);
    const { response, report } = await verifyFilesRoute(c.req.raw, dependencies);
    c.set('fields', { ...c.get('fields'), reports: [logged(report)] });
    return response;
  });

  app.post('/v1/sign', async (c) => {
    const caller = await enterByName(c.req.header('authorization'));
    c.set('fields', { caller });
    const pay = (cost: number) => limitSigner(caller, cost);
    const { response, items } = await signRoute(c.req.raw, caller, c.get('requestId'), dependencies, pay);
    const signed = items.map((item) => ('answer' in item ? loggedSignature(item.answer) : item.problem.code));
    c.set('fields', { ...c.get('fields'), signed });
    return response;
  });

  app.get('/v1/audit', async (c) => {
    const caller = await enterByName(c.req.header('authorization'));
    c.set('fields', { caller });
    if (!config.access.audit.includes(caller)) {
      throw new ChartsealError(
        'request.forbidden',
        `the caller "${caller}" may not read the audit log (access.audit)`,
      );
    }
    limitCaller(caller, 1);
    return auditRoute(c.req.raw, dependencies);
  });

  addAdmissionRoutes(app, dependencies, enterByName);
  addKeyRoutes(app, dependencies);

  for (const [path, allow] of METHODS) {
    app.all(path, (c) => {
      const error = new ChartsealError('request.method', `${path} takes ${allow} only`);
      const response = problemResponse(error, c.get('requestId'));
      response.headers.set('allow', allow);
      return response;
    });
  }

  app.get('/healthz', (c) => c.json({ status: 'ok', version: dependencies.version }));
  app.get('/readyz', (c) => {
    const trustRoot = dependencies.trustRoot?.();
    const health = { status: 'ready', policies: config.policies.length };
    return c.json(trustRoot === undefined ? health : { ...health, trustRoot });
  });
  return app;
}

function logged(report: {
  id: string;
  verdict: string;
  subject: { reference: string; digest: string | null };
}) {
  const { id, verdict, subject } = report;
  return { id, verdict, reference: subject.reference, digest: subject.digest };
}

function loggedSignature({ reference, before, after, changed, audit }: SignResult) {
  return { reference, before, after, changed, audit: audit?.seq ?? null };
}
