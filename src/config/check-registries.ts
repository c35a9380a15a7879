import type { CheckContext } from './check-context.ts';
import { checkHost, checkServiceHost } from './check-host.ts';
import type { ConfiguredRegistry } from './config.ts';
import { missingSecret } from './missing-secret.ts';
import { listOf, mapOf } from './plain.ts';
import { formatPath, type Path, quote } from './problem.ts';
import { registrySchema } from './schema.ts';
import { readCredentials, readSecret } from './secret.ts';
import { wordsOf } from './words-of.ts';

/** Checks `registries` beyond its shape, resolves credentials and reads CA files. */
export async function checkRegistries(raw: unknown, context: CheckContext): Promise<ConfiguredRegistry[]> {
  const registries: ConfiguredRegistry[] = [];
  const seen = new Map<string, Path>();
  for (const [index, entry] of listOf(raw).entries()) {
    const path = ['registries', index];
    const fields = mapOf(entry);
    const host = checkOwnHost(fields.host, [...path, 'host'], seen, context);
    const redirectHosts = checkHosts(fields.redirectHosts, [...path, 'redirectHosts'], context);
    const tokenHosts = checkHosts(fields.tokenHosts, [...path, 'tokenHosts'], context);
    if (host?.wildcard === true) {
      if (fields.credentials !== undefined) {
        context.report(
          [...path, 'credentials'],
          `found beside the host "${host.host}"; credentials need the host written out, as any host it covers would get them`,
        );
      }
      if (fields.plainHttp === true) {
        context.report(
          [...path, 'plainHttp'],
          `found beside the host "${host.host}"; plain HTTP needs the host written out`,
        );
      }
    }
    const parsed = registrySchema.safeParse(entry);
    if (host === undefined || !parsed.success) continue;
    const text = parsed.data;
    const registry: ConfiguredRegistry = {
      host: host.host,
      anonymousMayVerify: text.anonymousMayVerify ?? false,
      ...(text.plainHttp === undefined ? {} : { plainHttp: text.plainHttp }),
      ...(redirectHosts === undefined ? {} : { redirectHosts }),
      ...(tokenHosts === undefined ? {} : { tokenHosts }),
    };
    if (text.credentials !== undefined && !host.wildcard) {
      const credentials = resolve(
        text.credentials.secret,
        host.host,
        [...path, 'credentials', 'secret'],
        context,
      );
      if (credentials !== undefined) registry.credentials = credentials;
    }
    if (text.ca !== undefined) {
      const ca = await readCa(text.ca, [...path, 'ca'], context);
      if (ca !== undefined) registry.ca = ca;
    }
    registries.push(registry);
  }
  return registries;
}

function checkOwnHost(
  raw: unknown,
  path: Path,
  seen: Map<string, Path>,
  context: CheckContext,
): { host: string; wildcard: boolean } | undefined {
  if (typeof raw !== 'string' || raw === '') return undefined;
  const checked = checkHost(raw);
  if ('problem' in checked) {
    context.report(path, checked.problem);
    return undefined;
  }
  const first = seen.get(checked.host);
  if (first !== undefined) {
    const same = raw === checked.host ? '' : `, which is the same as "${checked.host}"`;
    context.report(path, `found ${quote(raw)}${same}; ${formatPath(first)} has it already`);
    return undefined;
  }
  seen.set(checked.host, path);
  return checked;
}

function checkHosts(raw: unknown, path: Path, context: CheckContext): string[] | undefined {
  if (raw === undefined) return undefined;
  const hosts = new Set<string>();
  for (const [index, text] of listOf(raw).entries()) {
    if (typeof text !== 'string' || text === '') continue;
    const checked = checkServiceHost(text);
    if ('problem' in checked) context.report([...path, index], checked.problem);
    else hosts.add(checked.host);
  }
  return [...hosts];
}

function resolve(
  name: string,
  host: string,
  path: Path,
  context: CheckContext,
): ConfiguredRegistry['credentials'] {
  if (context.secret === undefined) return undefined;
  const secret = readSecret(name, context.secret);
  if (secret === undefined) {
    context.report(path, missingSecret(name), 'config.secret_missing');
    return undefined;
  }
  const credentials = readCredentials(secret, host);
  if (typeof credentials !== 'string') return credentials;
  context.report(path, `${name}: ${credentials}`);
  return undefined;
}

async function readCa(file: string, path: Path, context: CheckContext): Promise<string | undefined> {
  if (context.runtime === 'edge') {
    context.report(path, 'found a CA file; at the edge the CAs are those of the platform, remove it');
    return undefined;
  }
  try {
    const text = new TextDecoder().decode(await context.readFile(file));
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
    context.report(
      path,
      `the file ${quote(file)} has no certificate in PEM form (-----BEGIN CERTIFICATE-----)`,
    );
  } catch (error) {
    context.report(path, `cannot read the file ${quote(file)}: ${wordsOf(error)}`);
  }
  return undefined;
}
