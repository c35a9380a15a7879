import { z } from 'zod';
import { accessSchema } from './access-schema.ts';
import { admissionSchema } from './admission-schema.ts';
import { blockedSchema } from './blocked-schema.ts';
import { callerSchema } from './callers-schema.ts';
import { name } from './fields.ts';
import { keysSchema } from './keys-schema.ts';
import { limitsSchema } from './limits-schema.ts';
import { policySchema } from './policy-schema.ts';
import { registrySchema } from './registry-schema.ts';
import { signingSchema } from './signing-schema.ts';
import { sigstoreSchema } from './sigstore-schema.ts';
import { stateSchema } from './state-schema.ts';
import { trustSchema } from './trust-schema.ts';

/** chartseal.yaml as it is written. */
export const configSchema = z
  .strictObject({
    registries: z.array(registrySchema).optional().meta({ description: 'Only these are spoken to.' }),
    trust: z.record(name, trustSchema).meta({ description: 'Who may sign, by name.' }),
    sigstore: sigstoreSchema.optional(),
    blocked: blockedSchema.optional(),
    policies: z.array(policySchema).min(1).meta({ description: 'First match decides.' }),
    signing: z
      .array(signingSchema)
      .optional()
      .meta({ description: 'Keys that may sign, for whom and where.' }),
    keys: keysSchema.optional(),
    callers: z.record(name, callerSchema).optional().meta({ description: 'Who may ask, by name.' }),
    access: accessSchema.optional(),
    state: stateSchema.optional(),
    admission: admissionSchema.optional(),
    limits: limitsSchema.optional(),
  })
  .meta({ title: 'chartseal.yaml', description: 'Configuration of chartseal.' });
