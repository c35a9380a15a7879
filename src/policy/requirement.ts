/** What a policy asks for. In configurations a trust name is written as a bare text. */
export type Requirement =
  | { name: string }
  | { anyOf: Requirement[] }
  | { allOf: Requirement[] }
  | { atLeast: { count: number; of: Requirement[] } };

/** The direct parts of a requirement; none for a trust name. */
export function partsOf(requirement: Requirement): Requirement[] {
  if ('anyOf' in requirement) return requirement.anyOf;
  if ('allOf' in requirement) return requirement.allOf;
  if ('atLeast' in requirement) return requirement.atLeast.of;
  return [];
}
