const MAX_SCOPE = 1024;

/**
 * The scope to ask a token for: what the registry's challenge names, cut down to pulling.
 * @param scope of the challenge; undefined or empty when it named none
 * @param challenged the repository the challenge answered; another one when the challenge is remembered
 * @returns scopes, one a repository or resource
 */
export function pullScope(scope: string | undefined, challenged: string, repository: string): string[] {
  const own = `repository:${repository}:pull`;
  const named = (scope ?? '').slice(0, MAX_SCOPE).split(' ').filter(Boolean);
  if (named.length === 0) return [own];
  const asked = named.map((one) => cutDown(one, challenged, repository));
  // Some services look at the first scope only.
  return [...new Set(asked)].sort((a, b) => Number(b === own) - Number(a === own));
}

function cutDown(scope: string, challenged: string, repository: string): string {
  const match = /^repository(?:\([a-z]+\))?:(.+):[^:]+$/.exec(scope);
  // Other forms are the registry's own ("aws") and hold for all its repositories.
  if (match === null) return scope;
  return `repository:${challenged === repository ? match[1] : repository}:pull`;
}
