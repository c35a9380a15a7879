import { z } from 'zod';
import {
  annotations,
  certificateTransparency,
  name,
  path,
  secretName,
  secretRef,
  trustedRoot,
} from './fields.ts';

const vaultPath = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/);

const vaultFields = {
  address: z
    .string()
    .min(1)
    .max(1000)
    .meta({ description: 'Address of Vault or OpenBao.', allowed: 'an https URL' }),
  mount: vaultPath
    .optional()
    .meta({ description: 'Where the transit engine is mounted. Default: transit.', allowed: 'a path' }),
  namespace: vaultPath.optional().meta({ description: 'Of Vault Enterprise or OpenBao.', allowed: 'a path' }),
  keyVersion: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .meta({ description: 'Version of the key to sign with. Default: the newest.' }),
  key: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/)
    .meta({ description: 'Name of the key in the transit engine.', allowed: 'the name of a transit key' }),
  token: secretRef.meta({
    secret: true,
    description: 'The token that may sign with this key and nothing else.',
  }),
};

const IN_VAULT = 'The key lies in a transit engine and never leaves it.';

const vaultSchema = z
  .strictObject({
    ...vaultFields,
    publicKey: path.meta({
      description: 'File with the certificate: "chartseal keys generate --vault" makes it.',
    }),
  })
  .meta({ description: IN_VAULT });

export const signingPgpSchema = z
  .strictObject({
    secret: secretName.optional(),
    passphrase: secretName
      .optional()
      .meta({ secret: true, description: 'Name of the secret with the passphrase of the key.' }),
    vault: vaultSchema.optional(),
  })
  .meta({
    minProperties: 1,
    allowed: 'a map with secret (and passphrase), or with vault',
    description: 'An armored secret key out of a secret, or a key in a vault.',
  });

export const signingSigstoreSchema = z
  .strictObject({
    secret: secretName.optional(),
    passphrase: secretName
      .optional()
      .meta({ secret: true, description: 'Name of the secret with the password of the key.' }),
    vault: z
      .strictObject({
        ...vaultFields,
        publicKey: path.meta({
          description:
            'PEM file with its public half: "cosign public-key --key hashivault://NAME" writes it.',
        }),
      })
      .optional()
      .meta({ description: IN_VAULT }),
    keyless: z.literal(true).optional().meta({
      allowed: 'true',
      description: 'Signs as whoever the identity token of the request stands for; no key is kept.',
    }),
    signingConfig: path.optional().meta({
      description:
        'A signing_config.json: which authority, log and timestamp services are used. Without one a key uses none.',
    }),
    root: trustedRoot(
      'A trusted_root.json that its own signatures are verified by. Default with signingConfig: public-good.',
    ),
    certificateTransparency,
    legacyTag: z.boolean().optional().meta({
      description:
        'Also sign under the tag sha256-….sig, for clients that know no bundles (cosign before 3). Default: false.',
    }),
    annotations: annotations('Signed with each signature: cosign sign -a NAME=VALUE.'),
  })
  .meta({
    minProperties: 1,
    allowed: 'a map with secret (and passphrase), vault or keyless',
    description: 'A key of cosign out of a secret, a key in a vault, or the identity of whoever asks.',
  });

export const signingSchema = z
  .strictObject({
    name: name.meta({ description: 'What requests call it: "with": ["NAME"].' }),
    pgp: signingPgpSchema.optional(),
    sigstore: signingSigstoreSchema.optional(),
    repositories: z
      .array(z.string().min(1).max(500))
      .min(1)
      .meta({
        description: 'Where it may sign: globs over host/repository, as in match.',
        examples: [['registry.example.com/prod/**']],
      }),
    callers: z
      .array(z.string().min(1).max(100))
      .min(1)
      .meta({ description: 'Who may sign with it: names under callers.' }),
    requires: z.string().min(1).max(100).optional().meta({
      description:
        'Name of a policy that must allow the chart before it is signed. Its match is not looked at.',
    }),
    mayReplace: z.boolean().optional().meta({
      description: 'PGP: may a request replace the provenance of another key? Default: false.',
    }),
    unsafeSignTags: z.boolean().optional().meta({
      description: 'Sign what a tag names, without a digest in the request. Default: false.',
    }),
    unsafeAllow: z
      .array(z.enum(['ed25519']))
      .min(1)
      .optional()
      .meta({ description: 'PGP keys accepted all the same; ed25519: Helm up to 3.21.3 cannot read them.' }),
  })
  .meta({ description: 'Who may sign, with pgp or with sigstore: for whom, and where.' });
