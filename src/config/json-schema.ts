import { z } from 'zod';
import { configSchema } from './schema.ts';

/**
 * The JSON Schema of chartseal.yaml, for editors (draft 7, which all of them read). It knows the shape only; what
 * parseConfig refuses beyond that (unknown trust names, duplicate hosts) it cannot say.
 */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, {
    target: 'draft-7',
    io: 'input',
    override({ jsonSchema }) {
      // Meta data that is for chartseal's own messages.
      delete jsonSchema.secret;
      delete jsonSchema.allowed;
    },
  });
}
