import { z } from 'zod';
import type { Path } from './problem.ts';

/** What a message needs to know of the schema of one field. */
export interface SchemaNode {
  /** What may stand there, in words. */
  allowed: string;
  /** For maps with names of one's own: which names are allowed. */
  allowedKey?: string;
  /** Must what stands there be kept out of messages? */
  secret: boolean;
  /** For maps: the names of its fields. */
  keys: string[];
}

/** The schema of the field at a path, in words; undefined where the schema has no such field. */
export function schemaAt(root: z.ZodType, path: Path): SchemaNode | undefined {
  let schema: z.ZodType | undefined = root;
  let around: z.ZodType = root;
  let secret = false;
  for (const step of path) {
    around = bare(schema);
    secret ||= isSecret(schema);
    schema = stepInto(schema, step);
    if (schema === undefined) return undefined;
  }
  // What stands where a map with a secret belongs may be that secret itself.
  secret ||= holdsSecret(schema);
  const inner = bare(schema);
  const object = alternatives(inner).find((option) => option instanceof z.ZodObject);
  const shape: Record<string, unknown> = object?.shape ?? {};
  const keys = Object.keys(shape);
  return {
    allowed: inWords(schema),
    ...(around instanceof z.ZodRecord ? { allowedKey: inWords(around.keyType as z.ZodType) } : {}),
    secret,
    keys,
  };
}

function stepInto(schema: z.ZodType, step: string | number): z.ZodType | undefined {
  for (const option of alternatives(bare(schema))) {
    if (option instanceof z.ZodObject && Object.hasOwn(option.shape, step)) return option.shape[step];
    if (option instanceof z.ZodRecord && typeof step === 'string') return option.valueType as z.ZodType;
    if (option instanceof z.ZodArray && typeof step === 'number') return option.element as z.ZodType;
  }
  return undefined;
}

// Without the wrappers optional and lazy.
function bare(schema: z.ZodType): z.ZodType {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodOptional) inner = inner.unwrap() as z.ZodType;
    else if (inner instanceof z.ZodLazy) inner = inner.unwrap() as z.ZodType;
    else return inner;
  }
}

function alternatives(schema: z.ZodType): z.ZodType[] {
  return schema instanceof z.ZodUnion ? schema.options.map((option) => bare(option as z.ZodType)) : [schema];
}

function isSecret(schema: z.ZodType): boolean {
  return schema.meta()?.secret === true || bare(schema).meta()?.secret === true;
}

// What is lazy recurs and is made anew each time it is looked at; no secret is in there.
function holdsSecret(schema: z.ZodType): boolean {
  if (isSecret(schema)) return true;
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
  if (inner instanceof z.ZodLazy) return false;
  return alternatives(inner).some((option) => {
    if (option instanceof z.ZodObject) {
      return Object.values(option.shape).some((field) => holdsSecret(field as z.ZodType));
    }
    if (option instanceof z.ZodRecord) return holdsSecret(option.valueType as z.ZodType);
    return option instanceof z.ZodArray && holdsSecret(option.element as z.ZodType);
  });
}

function inWords(schema: z.ZodType): string {
  const inner = bare(schema);
  const own = schema.meta()?.allowed ?? inner.meta()?.allowed;
  if (typeof own === 'string') return own;
  if (inner instanceof z.ZodEnum) return inner.options.map((option) => JSON.stringify(option)).join(', ');
  if (inner instanceof z.ZodBoolean) return 'true, false';
  if (inner instanceof z.ZodNumber) return `a whole number from ${inner.minValue} to ${inner.maxValue}`;
  if (inner instanceof z.ZodString) {
    return inner.maxLength === null ? 'a text' : `a text of at most ${inner.maxLength} characters`;
  }
  if (inner instanceof z.ZodArray) {
    const filled = inner.safeParse([]).success ? '' : ' with at least one item';
    return `a list${filled}, each item ${inWords(inner.element as z.ZodType)}`;
  }
  if (inner instanceof z.ZodObject) return `a map with ${Object.keys(inner.shape).join(', ')}`;
  if (inner instanceof z.ZodRecord) return 'a map of names';
  return 'something else';
}
