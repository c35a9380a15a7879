import { globToMatcher } from '../../base/glob.ts';
import { extensionName } from '../extensions.ts';
import type { Digest } from '../log/verify-bytes.ts';
import type { SigstoreTrust } from '../trust.ts';

/** What `cosign verify` is told on its command line, as far as it decides. */
export interface CosignFlags {
  /** Undefined with `--key`. */
  identity: CosignIdentity | undefined;
  ignoreTlog: boolean;
  useSignedTimestamps: boolean;
  ignoreSct: boolean;
  offline: boolean;
  /** `--signature-digest-algorithm`, a hidden flag; SHA-256 unless given. */
  digest: Digest;
  /** `-a`. */
  annotations: ReadonlyMap<string, string>;
}

/** `--certificate-identity…`, `--certificate-oidc-issuer…` and the `--certificate-github-workflow-…` flags. */
export interface CosignIdentity {
  subject: ValueFlag;
  issuer: ValueFlag;
  /** By the names that Go gives them; cosign has flags for these five and no other extension. */
  workflow: Partial<Record<WorkflowField, string>>;
}

/** A value to the letter, or a regular expression of Go. */
interface ValueFlag {
  /** As it is written on the command line. */
  shown: string;
  regexp: boolean;
  matches(text: string): boolean;
}

export const WORKFLOW_FIELDS = [
  'GithubWorkflowTrigger',
  'GithubWorkflowSHA',
  'GithubWorkflowName',
  'GithubWorkflowRepository',
  'GithubWorkflowRef',
] as const;
export type WorkflowField = (typeof WORKFLOW_FIELDS)[number];

/**
 * The command lines that come nearest to a trust entry, the stricter one first: cosign accepts if one of them does.
 * An entry that asks for no log has two, as no flag of cosign means "with a log or without": the plain one, and one
 * that ignores the log; keyless, where it then would judge by the clock, with the timestamps that the entry asks for.
 */
export function cosignFlagsOf(trust: SigstoreTrust): CosignFlags[] {
  const { identity } = trust;
  const strict: CosignFlags = {
    identity:
      identity.kind === 'key'
        ? undefined
        : {
            subject: flagOf(identity.subjects),
            issuer: flagOf([identity.issuer]),
            workflow: workflowFlags(identity.extensions),
          },
    ignoreTlog: false,
    useSignedTimestamps: false,
    ignoreSct: trust.certificateTransparency === 'optional',
    offline: false,
    digest: 'sha256',
    annotations: trust.annotations,
  };
  if (trust.transparencyLog === 'required') return [strict];
  const lax = { ...strict, ignoreTlog: true, useSignedTimestamps: identity.kind === 'keyless' };
  // Without a trusted root of one's own, cosign's answer would depend on the one it downloads.
  return trust.root === undefined ? [lax] : [strict, lax];
}

function exactly(text: string): ValueFlag {
  return { shown: text, regexp: false, matches: (value) => value === text };
}

function flagOf(globs: readonly string[]): ValueFlag {
  const [only] = globs;
  if (globs.length === 1 && only !== undefined && !only.includes('*')) return exactly(only);
  const matchers = globs.map(globToMatcher);
  const texts = globs.map(globToRegexp);
  const shown = texts.length === 1 ? `^${texts[0]}$` : `^(?:${texts.join('|')})$`;
  return { shown, regexp: true, matches: (value) => matchers.some((matches) => matches(value)) };
}

function globToRegexp(glob: string): string {
  return glob
    .replace(/[\\^$.|?+()[\]{}]/g, '\\$&')
    .replace(/\*\*?/g, (stars) => (stars === '**' ? '.*' : '[^/@]+'));
}

const WORKFLOW_NAMES = new Map<string | undefined, WorkflowField>([
  ['workflowTrigger', 'GithubWorkflowTrigger'],
  ['workflowSha', 'GithubWorkflowSHA'],
  ['workflowName', 'GithubWorkflowName'],
  ['workflowRepository', 'GithubWorkflowRepository'],
  ['workflowRef', 'GithubWorkflowRef'],
]);

// Globs have no flag; what cosign cannot be told it does not check.
function workflowFlags(extensions: ReadonlyMap<string, string>): CosignIdentity['workflow'] {
  const workflow: CosignIdentity['workflow'] = {};
  for (const [name, value] of extensions) {
    const field = WORKFLOW_NAMES.get(extensionName(name));
    if (field !== undefined && !value.includes('*')) workflow[field] = value;
  }
  return workflow;
}
