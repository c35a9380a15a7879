import { partsOf, type Requirement } from './requirement.ts';

/** All trust names of a requirement, in the order in which they are written, each once. */
export function trustNames(requirement: Requirement): string[] {
  const names = new Set<string>();
  collect(requirement, names);
  return [...names];
}

function collect(requirement: Requirement, into: Set<string>): void {
  if ('name' in requirement) into.add(requirement.name);
  for (const part of partsOf(requirement)) collect(part, into);
}
