import { checkSigstore } from './check-sigstore.ts';
import type { TrustRefresh } from './config.ts';
import { describeIssues } from './describe-issue.ts';
import type { ParseConfigOptions } from './parse-config.ts';
import { mapOf } from './plain.ts';
import { ConfigError, type ConfigProblem, formatPath, type Path } from './problem.ts';
import { readConfigYaml } from './read-yaml.ts';
import { configSchema, sigstoreSchema } from './schema.ts';

/**
 * How the trusted root is renewed, read out of a configuration without the rest of it: for a job that does nothing else
 * and has no secrets.
 * @returns undefined if it is not renewed
 * @throws ConfigError with the problems of that part
 */
export async function readTrustRefresh(
  options: Pick<ParseConfigOptions, 'text' | 'path' | 'readFile' | 'runtime'>,
): Promise<TrustRefresh | undefined> {
  const read = readConfigYaml(options.text);
  if ('code' in read) throw new ConfigError(options.path, [read]);
  const { sigstore } = mapOf(read.value);
  const problems: ConfigProblem[] = [];
  const report = (path: Path, message: string) =>
    problems.push({ path: formatPath(path), message, code: 'config.invalid' });
  const shape = sigstoreSchema.safeParse(sigstore ?? {});
  const issues = (shape.error?.issues ?? []).map((issue) => ({
    ...issue,
    path: ['sigstore', ...issue.path],
  }));
  for (const { path, message } of describeIssues(issues, configSchema, read.value)) report(path, message);
  const refresh = await checkSigstore(sigstore, {
    readFile: options.readFile,
    runtime: options.runtime ?? 'node',
    report,
  });
  if (problems.length > 0) throw new ConfigError(options.path, problems);
  return refresh;
}
