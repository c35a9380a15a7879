import type { CheckContext } from './check-context.ts';
import { checkNames } from './check-names.ts';
import type { Access } from './config.ts';
import { mapOf } from './plain.ts';
import { accessSchema } from './schema.ts';

export const DEFAULT_ACCESS: Access = { verify: 'callers', sign: 'callers', audit: [], metrics: [] };

/**
 * Checks `access` beyond its shape.
 * @param callers all names under callers
 * @returns undefined if it is of no good shape, which is reported elsewhere
 */
export function checkAccess(
  raw: unknown,
  callers: ReadonlySet<string>,
  context: CheckContext,
): Access | undefined {
  const fields = mapOf(raw);
  const audit = checkNames(fields.audit, ['access', 'audit'], callers, 'callers', context);
  const metrics = checkNames(fields.metrics, ['access', 'metrics'], callers, 'callers', context);
  const text = accessSchema.safeParse(raw ?? {});
  if (!text.success) return undefined;
  return { ...DEFAULT_ACCESS, verify: text.data.verify ?? DEFAULT_ACCESS.verify, audit, metrics };
}
