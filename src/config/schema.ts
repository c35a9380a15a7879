// The shape of chartseal.yaml: names, types and choices, and what an editor shows of them. What one field means for
// another (unknown trust names, duplicate hosts, missing secrets) is in the check-*.ts files beside this one. Each section
// has a file in the folder schema.
// Texts of errors: zod's own are not used; describe-issue.ts words them from the issue and from the meta data here.

export { accessSchema } from './schema/access-schema.ts';
export { admissionSchema } from './schema/admission-schema.ts';
export { blockedSchema } from './schema/blocked-schema.ts';
export { callerSchema, oidcSchema } from './schema/callers-schema.ts';
export { configSchema } from './schema/config-schema.ts';
export { keysSchema } from './schema/keys-schema.ts';
export { limitsSchema } from './schema/limits-schema.ts';
export { policySchema } from './schema/policy-schema.ts';
export { registrySchema } from './schema/registry-schema.ts';
export { signingPgpSchema, signingSchema, signingSigstoreSchema } from './schema/signing-schema.ts';
export { sigstoreSchema } from './schema/sigstore-schema.ts';
export { stateSchema } from './schema/state-schema.ts';
export { helmLogSchema, trustSchema } from './schema/trust-schema.ts';
