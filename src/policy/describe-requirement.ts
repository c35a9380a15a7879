import type { Requirement } from './requirement.ts';

/** A requirement in words, for messages: `release-team and (ci or any 2 of a, b, c)`. */
export function describeRequirement(requirement: Requirement): string {
  return words(requirement, false);
}

function words(requirement: Requirement, nested: boolean): string {
  if ('name' in requirement) return requirement.name;
  if ('atLeast' in requirement) {
    const { count, of } = requirement.atLeast;
    const text = `any ${count} of ${of.map((part) => words(part, true)).join(', ')}`;
    return nested ? `(${text})` : text;
  }
  const parts = 'anyOf' in requirement ? requirement.anyOf : requirement.allOf;
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return words(only, nested);
  const text = parts.map((part) => words(part, true)).join('anyOf' in requirement ? ' or ' : ' and ');
  return nested ? `(${text})` : text;
}
