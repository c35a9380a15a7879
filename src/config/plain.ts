/** The value as a map; an empty one if it is none (the schema reports that). Has no prototype. */
export function mapOf(value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return Object.create(null);
  return Object.assign(Object.create(null), value);
}

/** The value as a list; an empty one if it is none (the schema reports that). */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
