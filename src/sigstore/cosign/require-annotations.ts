import { Refusal } from './refusal.ts';

/** @throws Refusal unless all that are wanted are there, to the letter */
export function requireAnnotations(wanted: ReadonlyMap<string, string>, have: unknown): void {
  for (const [name, value] of wanted) {
    const found = have !== null && typeof have === 'object' && Object.hasOwn(have, name);
    if (!found || (have as Record<string, unknown>)[name] !== value) {
      throw new Refusal('missing or incorrect annotation');
    }
  }
}
