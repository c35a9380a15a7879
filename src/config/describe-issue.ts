import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { formatPath, type Path, quote } from './problem.ts';
import { type SchemaNode, schemaAt } from './schema-at.ts';

/**
 * The issues zod found, as problems in chartseal's words: what was found, what is allowed, what may have been meant.
 * @param raw the configuration as it was read; values of secret fields are never shown
 */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  raw: unknown,
): { path: Path; message: string }[] {
  const flat = issues.flatMap((issue) => flatten(issue, []));
  const explained = new Set<string>();
  const problems: { path: Path; message: string }[] = [];
  for (const { issue, path } of flat) {
    if (issue.code !== 'unrecognized_keys') continue;
    const around = schemaAt(schema, path);
    for (const key of issue.keys) {
      const { message, instead } = describeUnknownKey(key, around);
      problems.push({ path: [...path, key], message });
      for (const other of instead) explained.add(formatPath([...path, other]));
    }
  }
  for (const { issue, path } of flat) {
    if (issue.code === 'unrecognized_keys') continue;
    const found = valueAt(raw, path);
    // A mistyped key already says what is missing.
    if (found === undefined && explained.has(formatPath(path))) continue;
    problems.push({ path, message: describe(issue, found, schemaAt(schema, path), path) });
  }
  return problems;
}

/** What stands at a field, in words that fit behind "found". */
function describeFound(value: unknown, secret = false): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty map' : 'a map';
  if (secret) return 'a text that is not shown, as it may be a secret';
  return typeof value === 'string' ? quote(value) : String(value);
}

function flatten(issue: z.core.$ZodIssue, before: Path): { issue: z.core.$ZodIssue; path: Path }[] {
  const path = [...before, ...(issue.path as Path)];
  if (issue.code === 'invalid_union') {
    // The alternatives here differ in type (text or map), so at most one has the type that was found.
    const fitting = issue.errors.filter(
      (errors) => !errors.some((error) => error.code === 'invalid_type' && error.path.length === 0),
    );
    const only = fitting[0];
    if (fitting.length === 1 && only !== undefined) return only.flatMap((inner) => flatten(inner, path));
  }
  return [{ issue, path }];
}

function describeUnknownKey(
  key: string,
  around: SchemaNode | undefined,
): { message: string; instead: string[] } {
  if (key === '<<') return { message: 'merge keys are YAML 1.1; write the fields out', instead: [] };
  const keys = around?.keys ?? [];
  const meant = didYouMean(key, keys);
  const hint = meant === undefined ? '' : `; did you mean ${quote(meant)}?`;
  return {
    message: `unknown field${hint}${meant === undefined ? ';' : ''} allowed: ${keys.join(', ')}`,
    instead: meant === undefined ? [] : [meant],
  };
}

function describe(
  issue: z.core.$ZodIssue,
  found: unknown,
  schema: SchemaNode | undefined,
  path: Path,
): string {
  const allowed = schema?.allowed ?? 'something else';
  if (issue.code === 'invalid_key') {
    return `found the name ${quote(String(path.at(-1)))}; allowed: ${schema?.allowedKey ?? 'another one'}`;
  }
  if (found === undefined) return `missing; allowed: ${allowed}`;
  const secret = schema?.secret === true;
  let message = `found ${describeFound(found, secret)}; allowed: ${allowed}`;
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof found !== 'object') {
    message += ' (YAML reads this as another type: put it in quotes)';
  }
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    const meant = didYouMean(
      found,
      issue.values.filter((value) => typeof value === 'string'),
    );
    if (meant !== undefined) message += `; did you mean ${quote(meant)}?`;
  }
  return message;
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
