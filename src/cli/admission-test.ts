import { resolve } from 'node:path';
import {
  type AnsweredReview,
  answerReview,
  groupOf,
  type KubeObject,
  type ReviewRequest,
  readUses,
  startDeadline,
} from '../admission/index.ts';
import { mapBounded } from '../base/map-bounded.ts';
import { sleep } from '../base/sleep.ts';
import { clean } from '../base/text.ts';
import type { Config } from '../config/index.ts';
import { createRegistryClient } from '../oci/index.ts';
import { createCredentialLookup } from '../platform/node/docker-credentials.ts';
import type { Io } from '../platform/node/io.ts';
import { loadConfig } from '../platform/node/load-config.ts';
import { registryLimits } from '../platform/registry-limits.ts';
import { toSafeJson } from '../report/index.ts';
import { createTagLister } from '../tag-lister.ts';
import { createSharedVerifier } from '../verifier.ts';
import { verify } from '../verify.ts';
import { DEFAULT_CONFIG } from './choose-config.ts';
import { EXIT } from './exit-status.ts';
import { readNamedFile } from './files.ts';
import { metadataOf, objectsAsCluster } from './objects-as-cluster.ts';
import { openFetch } from './open-fetch.ts';
import { MAX_MANIFESTS_BYTES, readManifests } from './read-manifests.ts';
import { usageError } from './usage-error.ts';
import { withProgress } from './with-progress.ts';

interface AdmissionTestOptions {
  /** Objects in different files refer to each other as in one. */
  file: string[];
  config?: string | undefined;
  namespace: string;
  mutate?: boolean | undefined;
  format: string;
}

/** Objects that are judged at the same time. */
const CONCURRENCY = 8;

interface Tested {
  object: KubeObject;
  namespace: string;
  answered: AnsweredReview;
}

/**
 * `chartseal admission test`: what the webhook would answer if each of the objects were created now. Nothing but the
 * registries, and transparency logs that the configuration names, is asked.
 * @throws ChartsealError file.unreadable, config.*, usage.invalid
 */
export async function admissionTestCommand(options: AdmissionTestOptions, io: Io): Promise<number> {
  const path = resolve(io.cwd, options.config ?? DEFAULT_CONFIG);
  const config = await loadConfig(path, { env: io.env, use: 'verify' });
  const objects: KubeObject[] = [];
  for (const file of options.file) {
    for (const object of readManifests(await readInput(file, io), shownName(file))) objects.push(object);
  }
  const naming = objects.filter((object) => readUses(object, options.namespace) !== undefined);
  const { fetch, close } = await openFetch({ host: '', registries: config.registries }, io);
  try {
    const test = createTest(config, objects, options, fetch, io);
    const tested = await withProgress('the registries', io, () => mapBounded(naming, CONCURRENCY, test));
    show(tested, objects.length - naming.length, options, io);
    return statusOf(tested);
  } finally {
    await close();
  }
}

function createTest(
  config: Config,
  objects: readonly KubeObject[],
  options: AdmissionTestOptions,
  fetch: typeof globalThis.fetch,
  io: Io,
): (object: KubeObject) => Promise<Tested> {
  const client = createRegistryClient({
    fetch,
    clock: io.clock,
    registries: config.registries,
    credentialsFor: createCredentialLookup({ env: io.env, clock: io.clock }),
    limits: registryLimits(config.limits),
  });
  const shared = {
    config,
    client,
    verify: createSharedVerifier((request, context) =>
      verify(request, { ...context, services: { fetch, sleep, random: Math.random } }),
    ),
    listTags: createTagLister({ config, client }),
    reader: objectsAsCluster(objects, options.namespace),
    clock: io.clock,
    newId: io.newId,
    requestId: 'admission-test',
    log: ({ message, error }: { message: string; error?: unknown }) =>
      void io.stderr.write(`${message}: ${clean(error instanceof Error ? error.message : error)}\n`),
  };
  return async (object) => {
    const namespace = metadataOf(object).namespace ?? options.namespace;
    const deadline = startDeadline(config.limits.overallTimeoutMs, {
      clock: io.clock,
      sleep,
    });
    try {
      const request = requestOf(object, namespace);
      const mode = options.mutate === true ? 'mutate' : 'validate';
      return { object, namespace, answered: await answerReview(request, mode, { ...shared, deadline }) };
    } finally {
      deadline.stop();
    }
  };
}

// As an API server would ask for an object that is created, with the namespace that it would give it.
function requestOf(object: KubeObject, namespace: string): ReviewRequest {
  const version = String(object.apiVersion).split('/').at(-1) ?? '';
  return {
    uid: 'admission-test',
    kind: { group: groupOf(object), version, kind: String(object.kind) },
    name: metadataOf(object).name ?? null,
    namespace,
    operation: 'CREATE',
    object,
    oldObject: null,
    dryRun: true,
  };
}

async function readInput(file: string, io: Io): Promise<Uint8Array> {
  if (file !== '-') return readNamedFile(file, io.cwd, '--file', undefined, MAX_MANIFESTS_BYTES);
  if (io.readStdin !== undefined) return io.readStdin();
  throw usageError('--file - reads the standard input, which is a terminal', 'Pipe the objects into it.');
}

function shownName(file: string): string {
  return file === '-' ? 'the standard input' : `--file ${clean(file)}`;
}

function statusOf(tested: readonly Tested[]): number {
  const denied = tested.filter(({ answered }) => !answered.answer.allowed);
  if (denied.length === 0) return EXIT.allow;
  return denied.every(({ answered }) => answered.answer.inconclusive === true)
    ? EXIT.inconclusive
    : EXIT.deny;
}

function show(tested: readonly Tested[], others: number, { format }: AdmissionTestOptions, io: Io): void {
  if (format === 'json') io.stdout.write(`${toSafeJson(tested.map(asJson))}\n`);
  else io.stdout.write(tested.map(asText).join(''));
  const denied = tested.filter(({ answered }) => !answered.answer.allowed).length;
  const warned = tested.filter(({ answered }) => answered.answer.warnings.length > 0).length;
  io.stderr.write(
    `${tested.length - denied} of ${tested.length} objects that name charts would be admitted, ${denied} denied` +
      `${warned > 0 ? `, ${warned} with warnings` : ''}; ${others} other objects\n`,
  );
}

function asText({ object, namespace, answered: { answer, patch } }: Tested): string {
  const verdict = answer.allowed ? 'admitted' : answer.inconclusive ? 'unknown ' : 'denied  ';
  const name = clean(`${String(object.kind)} ${namespace}/${metadataOf(object).name ?? '(no name)'}`, 300);
  const lines = [
    `${verdict}  ${name}${answer.message === undefined ? '' : `: ${answer.message}`}`,
    ...answer.warnings.map((warning) => `          warning: ${warning}`),
    ...patch.map((operation) => `          patch: ${toSafeJson(operation, 0)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function asJson({ object, namespace, answered: { answer, patch, fields } }: Tested): object {
  const { allowed, message, warnings } = answer;
  const { apiVersion, kind } = object;
  return {
    apiVersion,
    kind,
    namespace,
    name: metadataOf(object).name ?? null,
    allowed,
    ...(message === undefined ? {} : { message }),
    ...(answer.inconclusive === true ? { inconclusive: true } : {}),
    warnings,
    charts: fields.charts,
    ...(patch.length === 0 ? {} : { patch }),
  };
}
