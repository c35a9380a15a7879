/** What a session is for, as tokens are asked for it. */
export type Action = 'pull' | 'push';

const MAX_SCOPE = 1024;
const ACTIONS = { pull: 'pull', push: 'pull,push' } as const;

/**
 * The scope to ask a token for: what the registry's challenge names, cut down or widened to what the session does.
 * @param scope of the challenge; undefined or empty when it named none
 * @param challenged the repository the challenge answered; another one when the challenge is remembered
 * @returns scopes, one a repository or resource; pushing is asked for the repository itself only
 */
export function tokenScopes(
  scope: string | undefined,
  challenged: string,
  repository: string,
  action: Action,
): string[] {
  const own = `repository:${repository}:${ACTIONS[action]}`;
  const named = (scope ?? '').slice(0, MAX_SCOPE).split(' ').filter(Boolean);
  if (named.length === 0) return [own];
  const asked = named.map((one) => restate(one, challenged, repository, action));
  // Some services look at the first scope only.
  return [...new Set(asked)].sort((a, b) => Number(b === own) - Number(a === own));
}

function restate(scope: string, challenged: string, repository: string, action: Action): string {
  const match = /^repository(?:\([a-z]+\))?:(.+):[^:]+$/.exec(scope);
  // Other forms are the registry's own ("aws") and hold for all its repositories.
  if (match === null) return scope;
  const name = challenged === repository ? (match[1] ?? repository) : repository;
  // Docker Hub names "library/app" where "app" was asked for.
  const isOwn = name === repository || name.endsWith(`/${repository}`);
  return `repository:${name}:${isOwn ? ACTIONS[action] : 'pull'}`;
}
