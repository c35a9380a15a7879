import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';

/** Steps from the top of the configuration to a field: keys of maps and places in lists. */
export type Path = readonly (string | number)[];

/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** Where: `policies[0].require.anyOf[1]`; empty for the file as a whole. */
  path: string;
  /** What was found and what is allowed; begins in lower case, holds no secret. */
  message: string;
  /** Line in the file, from 1, if it is known. */
  line?: number;
  code: 'config.invalid' | 'config.secret_missing';
}

/**
 * The configuration cannot be used. `problems` holds everything that is wrong with it, `message` the same as text, one
 * line each. Its code is `config.secret_missing` if nothing but secrets is missing, else `config.invalid`.
 */
export class ConfigError extends ChartsealError {
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const code = problems.every((problem) => problem.code === 'config.secret_missing')
      ? 'config.secret_missing'
      : 'config.invalid';
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super(
      code,
      [`${file} cannot be used (${count}):`, ...problems.map((p) => `  ${formatProblem(p)}`)].join('\n'),
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** One line: `policies[0].mode: found "warm"; allowed: "enforce", "warn" (line 12)`. */
export function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === undefined ? '' : ` (line ${problem.line})`;
  return `${problem.path === '' ? '' : `${problem.path}: `}${problem.message}${place}`;
}

/** `policies[0].require.anyOf[1]`; keys that are no plain words in quotes: `trust["a b"].pgp`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${quote(step)}]`;
  }
  return text;
}

/** A text from the configuration in double quotes, made harmless and cut. */
export function quote(text: string): string {
  return `"${clean(text, 100).replaceAll('"', '\\"')}"`;
}
