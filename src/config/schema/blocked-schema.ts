import { z } from 'zod';
import { fingerprint } from './fields.ts';

export const blockedSchema = z
  .strictObject({
    digests: z
      .array(
        z
          .string()
          .regex(/^sha256:[0-9a-f]{64}$/)
          .meta({ allowed: '"sha256:" and 64 lower-case hex digits' }),
      )
      .optional()
      .meta({ description: 'Digests of manifests or chart layers that are denied.' }),
    signers: z
      .array(
        z
          .union([
            fingerprint,
            z.strictObject({
              issuer: z
                .string()
                .min(1)
                .max(1000)
                .meta({ description: 'Who vouched for the signer: a glob.' }),
              subject: z.string().min(1).max(1000).meta({ description: 'The signer: a glob.' }),
            }),
          ])
          .meta({
            allowed:
              'the whole fingerprint of a key, 40 or 64 hex digits (key ids can be forged), or a map with issuer and subject',
          }),
      )
      .optional()
      .meta({
        description:
          'Whose signatures never hold: fingerprints of PGP keys, SHA-256 of public keys of sigstore (64 hex digits), or issuer and subject.',
      }),
  })
  .meta({ description: 'Recall: what is denied whatever signature it carries.' });
