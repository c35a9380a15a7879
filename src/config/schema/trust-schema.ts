import { z } from 'zod';
import { annotations, certificateTransparency, fingerprint, glob, path, trustedRoot } from './fields.ts';

const sigstoreTrustSchema = z
  .strictObject({
    key: path.optional().meta({
      description: 'PEM file with the public key, as "cosign generate-key-pair" writes it: cosign.pub.',
    }),
    issuer: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .meta({
        description:
          'Keyless: who vouches for the signer. A glob; without an asterisk compared to the letter.',
        examples: ['https://token.actions.githubusercontent.com'],
      }),
    subject: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .meta({
        description:
          'Keyless: the signer, an e-mail address or the address of a workflow. A glob: "*" is one or more characters except "/" and "@", "**" is anything.',
        examples: ['https://github.com/acme/charts/.github/workflows/release.yml@refs/tags/*'],
      }),
    extensions: z
      .record(
        z.string().min(1).max(100).meta({ allowed: 'the name of a certificate extension' }),
        glob('A glob.'),
      )
      .optional()
      .meta({
        description: "Globs that Fulcio's certificate extensions must match, all of them.",
        examples: [{ sourceRepository: 'https://github.com/acme/charts' }],
        minProperties: 1,
      }),
    predicateTypes: z
      .array(z.string().min(1).max(500))
      .min(1)
      .optional()
      .meta({
        description:
          "Types of attestations that count as a signature. Default: cosign's signature only, https://sigstore.dev/cosign/sign/v1.",
        examples: [['https://slsa.dev/provenance/v1']],
      }),
    annotations: annotations('What must have been signed with: cosign sign -a NAME=VALUE.'),
    root: trustedRoot(
      'A trusted_root.json: whose logs, certificates and timestamps count. Default: public-good, the one of sigstore.dev.',
    ),
    transparencyLog: z.enum(['required', 'optional']).optional().meta({
      description:
        'Must the signature stand in a transparency log? Keyless needs a trusted time all the same. Default: required.',
    }),
    certificateTransparency,
  })
  .meta({
    minProperties: 1,
    allowed: 'a map with key, or with issuer and subject',
    description: 'A signer of sigstore: a cosign key, or an identity that Fulcio gave a certificate to.',
  });

export const helmLogSchema = z
  .strictObject({
    rekor: z.string().min(1).max(1000).optional().meta({
      description: 'Address of a Rekor log of version 1. Default: https://rekor.sigstore.dev.',
      allowed: 'an https URL without a path',
    }),
    root: trustedRoot(
      'A trusted_root.json that names the log and its key. Default: public-good, the one of sigstore.dev.',
    ),
    require: z.boolean().optional().meta({
      description:
        'true: a signature by this signer holds only when it is logged. false: what the log has is stated in the report. Default: false.',
    }),
  })
  .meta({
    allowed: 'a map with rekor, root and require, each of them optional',
    description:
      'Where the provenance of charts is logged, as the helm-sigstore plugin does. Asked for each verification.',
  });

export const trustSchema = z
  .strictObject({
    pgp: path
      .optional()
      .meta({ description: 'File with public PGP keys: armored, binary or several concatenated.' }),
    sigstore: sigstoreTrustSchema.optional(),
    fingerprints: z.array(fingerprint).min(1).optional().meta({
      description: 'Only these primary keys of the file count. Default: all.',
    }),
    expiry: z.enum(['at-signing', 'now']).optional().meta({
      description:
        'When the key must be unexpired: at the time of the signature, or now (as Helm 3.21.4 and later). Default: at-signing.',
    }),
    unsafeAllow: z
      .array(z.enum(['sha1', 'rsa1024', 'dsa']))
      .min(1)
      .optional()
      .meta({ description: 'Weak algorithms accepted all the same.' }),
    transparencyLog: helmLogSchema.optional(),
  })
  .meta({
    minProperties: 1,
    allowed: 'a map with pgp, or with sigstore',
    description: 'Who may sign, under a name of your choice: keys of PGP, or a signer of sigstore.',
  });
