import { z } from 'zod';
import { DEFAULT_LIMITS, EDGE_FILES_BYTES } from './limits.ts';

// The shape of chartseal.yaml: names, types and choices, and what an editor shows of them. What one field means for
// another (unknown trust names, duplicate hosts, missing secrets) is in the check-*.ts files beside this one.
// Texts of errors: zod's own are not used; describe-issue.ts words them from the issue and from the meta data here.

/** Names of trust entries, policies and callers: they appear in reports, headers and log lines as they are. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const name = z.string().regex(NAME).meta({
  allowed: 'letters, digits, ".", "_" and "-", at most 100, a letter or digit first',
});

const path = z.string().min(1).max(4096).meta({ allowed: 'the path of a file' });

const secretName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/)
  .meta({
    secret: true,
    allowed: 'the name of an environment variable or Worker secret, never the secret itself',
    description:
      'Name of an environment variable (Node) or Worker secret (edge). May come in parts: NAME_1, NAME_2, …',
  });

const secretRef = z.strictObject({ secret: secretName }).meta({
  secret: true,
  allowed: 'a map { secret: NAME }',
});

const fingerprint = z
  .string()
  .regex(/^(?:0x)?(?:[0-9A-Fa-f]\s*){39}[0-9A-Fa-f]$|^(?:0x)?(?:[0-9A-Fa-f]\s*){63}[0-9A-Fa-f]$/)
  .meta({
    allowed:
      'the whole fingerprint of a primary key, 40 hex digits (64 for v6 keys); key ids can be forged. gpg --fingerprint prints it',
  });

export const registrySchema = z
  .strictObject({
    host: z.string().min(1).max(300).meta({
      description:
        'host or host:port. "*.example.com" and "*" stand for any public host, then without credentials.',
    }),
    credentials: secretRef
      .optional()
      .meta({ secret: true, description: 'A Docker config.json, or user:password.' }),
    ca: path.optional().meta({ description: 'PEM file with the CAs of this registry, on Node only.' }),
    plainHttp: z
      .boolean()
      .optional()
      .meta({ description: 'Speak HTTP without TLS. Refused unless written. Default: false.' }),
    redirectHosts: z.array(z.string().min(1).max(300)).optional().meta({
      description:
        'The only other hosts that blobs may be redirected to. Default: any public https host. "http://host:port" for a plain one of your own.',
    }),
    tokenHosts: z.array(z.string().min(1).max(300)).optional().meta({
      description:
        'The only other hosts that tokens may be fetched from. Default: any public https host. "http://host:port" for a plain one of your own.',
    }),
    anonymousMayVerify: z.boolean().optional().meta({
      description:
        'With access.verify: anyone, read this registry with its credentials for everybody. Default: false.',
    }),
  })
  .meta({ description: 'A registry that may be spoken to.' });

const glob = (description: string) => z.string().min(1).max(500).meta({ description });

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
    annotations: z
      .record(z.string().min(1).max(200).meta({ allowed: 'the name of an annotation' }), z.string().max(1000))
      .optional()
      .meta({ description: 'What must have been signed with: cosign sign -a NAME=VALUE.', minProperties: 1 }),
    root: path.optional().meta({
      description:
        'A trusted_root.json: whose logs, certificates and timestamps count. Default: public-good, the one of sigstore.dev.',
      allowed: 'public-good, or the path of a trusted_root.json',
    }),
    transparencyLog: z.enum(['required', 'optional']).optional().meta({
      description:
        'Must the signature stand in a transparency log? Keyless needs a trusted time all the same. Default: required.',
    }),
    certificateTransparency: z.enum(['required', 'optional']).optional().meta({
      description: 'Keyless: must the certificate prove that it was logged? Default: required.',
    }),
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
    root: path.optional().meta({
      description:
        'A trusted_root.json that names the log and its key. Default: public-good, the one of sigstore.dev.',
      allowed: 'public-good, or the path of a trusted_root.json',
    }),
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

interface RequirementMap {
  anyOf?: RequirementText[] | undefined;
  allOf?: RequirementText[] | undefined;
  atLeast?: { count: number; of: RequirementText[] } | undefined;
}
/** A requirement as it is written: a trust name or a map with exactly one of anyOf, allOf, atLeast. */
export type RequirementText = string | RequirementMap;

const REQUIREMENT = 'a name under trust, or a map with one of anyOf, allOf, atLeast';

export const requirementSchema: z.ZodType<RequirementText> = z.lazy(() =>
  z
    .union([
      z.string().meta({ description: 'A name under trust.' }),
      z
        .strictObject({
          anyOf: z
            .array(requirementSchema)
            .min(1)
            .optional()
            .meta({ description: 'One of these is enough.' }),
          allOf: z.array(requirementSchema).min(1).optional().meta({ description: 'All of these.' }),
          atLeast: z
            .strictObject({
              count: z.int().min(1).max(1000).meta({ description: 'How many, 1 to all of them.' }),
              of: z.array(requirementSchema).min(1).meta({ description: 'Of which.' }),
            })
            .optional()
            .meta({ description: 'So many of these, each by a key of its own.' }),
        })
        .meta({ minProperties: 1, maxProperties: 1 }),
    ])
    .meta({ id: 'Requirement', allowed: REQUIREMENT }),
);

export const policySchema = z
  .strictObject({
    name: name.meta({ description: 'Shown in reports.' }),
    match: z
      .array(z.string().min(1).max(500))
      .min(1)
      .meta({
        description:
          'Globs over host/repository. "*" is one or more characters except "/" and "@", "**" is anything.',
        examples: [['registry.example.com/prod/**'], ['**']],
      }),
    require: requirementSchema.meta({ description: 'Whose signatures it takes.' }),
    depth: z.enum(['signature', 'content']).optional().meta({
      description: 'content: also download the chart and read what is in it. Default: signature.',
    }),
    mode: z.enum(['enforce', 'warn']).optional().meta({
      description: 'warn: the verdict is reported but not enforced. Default: enforce.',
    }),
    unsafeAllow: z
      .array(z.enum(['renamed', 'retagged']))
      .min(1)
      .optional()
      .meta({
        description:
          'Accept a signature of a chart of another name or version than the one asked for. Only where mirrors rename charts.',
      }),
  })
  .meta({ description: 'What is required where. The first match decides; what nothing matches is denied.' });

/** One glob or several, of which one must match. */
const claim = z
  .union([glob('A glob, compared with the whole value.'), z.array(glob('A glob.')).min(1)])
  .meta({ allowed: 'a glob or a list of globs' });

export const oidcSchema = z
  .strictObject({
    issuer: z.string().min(1).max(1000).meta({
      description: 'Who issues the tokens: what they call "iss", to the letter.',
      allowed: 'an https URL',
    }),
    audience: z.string().min(1).max(1000).meta({
      description: 'What the tokens must call "aud"; best the address of this service.',
    }),
    claims: z.record(z.string().min(1).max(200).meta({ allowed: 'the name of a claim' }), claim).meta({
      description:
        'Globs that claims of the token must match, all of them. "*" is one or more characters except "/" and "@", "**" is anything.',
      examples: [{ repository_id: '123456', ref: 'refs/tags/*' }],
      allowed: 'a map of claims to globs',
      minProperties: 1,
    }),
  })
  .meta({
    description: 'This caller sends tokens of an OpenID Connect issuer, as CI services give them to jobs.',
  });

export const callerSchema = z
  .strictObject({
    token: secretRef.optional().meta({
      secret: true,
      description: 'The bearer token of this caller: "Authorization: Bearer TOKEN".',
    }),
    oidc: oidcSchema.optional(),
  })
  .meta({ description: 'Somebody who may ask, under a name of your choice.', minProperties: 1 });

const vaultFields = {
  address: z
    .string()
    .min(1)
    .max(1000)
    .meta({ description: 'Address of Vault or OpenBao.', allowed: 'an https URL' }),
  mount: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/)
    .optional()
    .meta({ description: 'Where the transit engine is mounted. Default: transit.', allowed: 'a path' }),
  namespace: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/)
    .optional()
    .meta({ description: 'Of Vault Enterprise or OpenBao.', allowed: 'a path' }),
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
    root: path.optional().meta({
      description:
        'A trusted_root.json that its own signatures are verified by. Default with signingConfig: public-good.',
      allowed: 'public-good, or the path of a trusted_root.json',
    }),
    certificateTransparency: z.enum(['required', 'optional']).optional().meta({
      description: 'Keyless: must the certificate prove that it was logged? Default: required.',
    }),
    legacyTag: z.boolean().optional().meta({
      description:
        'Also sign under the tag sha256-….sig, for clients that know no bundles (cosign before 3). Default: false.',
    }),
    annotations: z
      .record(z.string().min(1).max(200).meta({ allowed: 'the name of an annotation' }), z.string().max(1000))
      .optional()
      .meta({ description: 'Signed with each signature: cosign sign -a NAME=VALUE.', minProperties: 1 }),
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

export const keysSchema = z
  .strictObject({
    retired: z.array(path).optional().meta({
      description:
        'Files with public keys of PGP or sigstore that signed once. They are published beside those under signing.',
    }),
    publicUrl: z.string().min(1).max(1000).optional().meta({
      description:
        'Where others reach this service, for the addresses it tells them. Default: as the request says.',
      allowed: 'an http or https URL without a path',
    }),
  })
  .meta({ description: 'Public keys, as /v1/keys and /keys/* give them to anyone.' });

export const stateSchema = z
  .strictObject({
    sqlite: path.optional().meta({ description: 'File of a SQLite database. Default: data/chartseal.db.' }),
    postgres: secretRef
      .optional()
      .meta({ secret: true, description: 'Name of the secret with the URL of a PostgreSQL database.' }),
  })
  .meta({
    minProperties: 1,
    maxProperties: 1,
    allowed: 'a map with sqlite or postgres',
    description: 'Where the audit log and the locks of signing are kept, on Node.',
  });

export const sigstoreSchema = z
  .strictObject({
    refresh: z
      .strictObject({
        mirror: z.string().min(1).max(1000).optional().meta({
          description: 'TUF repository of a sigstore instance. Default: that of the public-good instance.',
          allowed: 'an https URL',
        }),
        root: path.optional().meta({
          description:
            'File with the TUF root (root.json) in which trust begins. Default: that of the public-good instance. Needs trustedRoot.',
        }),
        trustedRoot: path.optional().meta({
          description:
            'File with the trusted_root.json that holds until the first refresh. Default: the public-good one that comes with chartseal.',
        }),
        every: z.int().min(1).max(168).optional().meta({
          description: 'Hours from one refresh to the next, on Node. Default: 24.',
          default: 24,
        }),
        folder: path
          .optional()
          .meta({ description: 'Folder in which it is kept, on Node. Default: data/sigstore.' }),
      })
      .optional()
      .meta({
        description:
          'Renew through TUF what "root: public-good" stands for. Default: the file that comes with chartseal.',
      }),
  })
  .meta({ description: 'Whom sigstore trusts.' });

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

export const accessSchema = z
  .strictObject({
    verify: z
      .enum(['callers', 'anyone'])
      .optional()
      .meta({ description: 'Who may verify. Default: callers.' }),
    sign: z.enum(['callers']).optional().meta({
      description: 'Who may sign: callers, each with the keys that name it. Nothing else is possible.',
    }),
    audit: z.array(z.string().min(1).max(100)).optional().meta({
      description: 'Callers that may read the audit log. Default: none.',
    }),
    metrics: z.array(z.string().min(1).max(100)).optional().meta({
      description: 'Callers that may read metrics. Kept for later: there are none yet.',
    }),
  })
  .meta({ description: 'Who may do what.' });

const decision = (standard: string, description: string) =>
  z
    .enum(['allow', 'warn', 'deny'])
    .optional()
    .meta({ description: `${description} Default: ${standard}.`, default: standard });

export const admissionSchema = z
  .strictObject({
    mode: z.enum(['enforce', 'warn']).optional().meta({
      description:
        'enforce: what is denied is refused. warn: everything is let in, with a warning where it would be refused, also if no policy speaks of it. Default: enforce.',
      default: 'enforce',
    }),
    onInconclusive: decision('deny', 'Charts that could not be judged: a registry failed, or time was up.'),
    notOci: decision('deny', 'Charts that are in no OCI registry: http repositories, git, inline content.'),
    unresolved: decision(
      'deny',
      'References that cannot be read from the object: through other objects outside of the cluster, or templated.',
    ),
    ranges: decision('warn', 'Version ranges, beside the verdict on what they resolve to now.'),
    tags: decision('allow', 'References without a digest, beside the verdict on what the tag names now.'),
    pinRanges: z.boolean().optional().meta({
      description: 'Should /admission/mutate pin version ranges too? Default: false, only exact versions.',
    }),
    pinDrift: z.boolean().optional().meta({
      description:
        'Should it also pin in fields that GitOps sets back, as of Applications of Argo CD? Default: false, an annotation says the digest.',
    }),
    pathSecret: secretRef.optional().meta({
      secret: true,
      description:
        'The secret segment of /k/SECRET/admission/…, for API servers that send no credentials. At least 16 letters, digits, "-" and "_".',
    }),
    callers: z
      .array(z.string().min(1).max(100))
      .optional()
      .meta({ description: 'Callers that may send reviews without the secret segment. Default: none.' }),
    cluster: z.boolean().optional().meta({
      description:
        'Read objects that reviews refer to from the API server, when running in a cluster. Default: false.',
    }),
  })
  .meta({ description: 'Reviews of Kubernetes objects that name charts.' });

export const limitsSchema = z
  .strictObject({
    rate: z
      .strictObject({
        callerVerifications: limit(
          1,
          1_000_000,
          DEFAULT_LIMITS.rate.callerVerifications,
          'Verifications a second for one caller.',
        ),
        callerSignatures: limit(
          1,
          1_000_000,
          DEFAULT_LIMITS.rate.callerSignatures,
          'Signatures a second for one caller.',
        ),
        anyoneVerifications: limit(
          1,
          1_000_000,
          DEFAULT_LIMITS.rate.anyoneVerifications,
          'Verifications a minute for one address, where anyone may verify.',
        ),
      })
      .optional()
      .meta({ description: 'How often may be asked.' }),
    references: limit(1, 1000, DEFAULT_LIMITS.references, 'References in one request.'),
    requests: limit(
      2,
      10_000,
      DEFAULT_LIMITS.requests,
      'Requests to registries for one verification, with redirects and retries.',
    ),
    concurrency: limit(1, 256, DEFAULT_LIMITS.concurrency, 'References of one request judged at a time.'),
    jsonBytes: bytes(DEFAULT_LIMITS.jsonBytes, 'JSON body of a request, in bytes.'),
    filesBytes: bytes(
      DEFAULT_LIMITS.filesBytes,
      `Multipart body of a request with files, in bytes. At the edge the default is ${EDGE_FILES_BYTES}.`,
    ),
    reviewBytes: bytes(DEFAULT_LIMITS.reviewBytes, 'Body of an admission review, in bytes.'),
    reviewCharts: limit(
      1,
      1000,
      DEFAULT_LIMITS.reviewCharts,
      'Charts judged for one admission review, or keys of one request of Gatekeeper.',
    ),
    inFlight: limit(
      1,
      10_000,
      DEFAULT_LIMITS.inFlight,
      'Verifications under way at a time, on Node. Those of the same chart count once.',
    ),
    inFlightPerRegistry: limit(
      1,
      10_000,
      DEFAULT_LIMITS.inFlightPerRegistry,
      'The same for one registry, so that a slow one does not hold up the others.',
    ),
    waiting: limit(
      0,
      100_000,
      DEFAULT_LIMITS.waiting,
      'Verifications that wait for their turn, on Node. What is more is inconclusive at once.',
    ),
    provenanceBytes: bytes(DEFAULT_LIMITS.provenanceBytes, 'Provenance layer or file, in bytes.'),
    bundleBytes: bytes(
      DEFAULT_LIMITS.bundleBytes,
      'Sigstore bundle, or payload of a signature under a tag, in bytes.',
    ),
    signatures: limit(
      1,
      256,
      DEFAULT_LIMITS.signatures,
      'Sigstore signatures of one manifest that are read, from each store.',
    ),
    manifestBytes: bytes(DEFAULT_LIMITS.manifestBytes, 'Manifest, in bytes.'),
    archiveBytes: bytes(DEFAULT_LIMITS.archiveBytes, 'Chart archive, in bytes as compressed.'),
    tags: limit(1, 10_000_000, DEFAULT_LIMITS.tags, 'Tags of a repository looked at for a version range.'),
    retries: limit(0, 10, DEFAULT_LIMITS.retries, 'Retries of one request to a registry.'),
    redirects: limit(0, 5, DEFAULT_LIMITS.redirects, 'Redirects followed for one request to a registry.'),
    requestTimeoutMs: limit(
      100,
      600_000,
      DEFAULT_LIMITS.requestTimeoutMs,
      'Milliseconds for one request to a registry.',
    ),
    overallTimeoutMs: limit(
      100,
      3_600_000,
      DEFAULT_LIMITS.overallTimeoutMs,
      'Milliseconds for one verification with all its requests.',
    ),
  })
  .meta({ description: 'Bounds of everything. All optional.' });

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

/** chartseal.yaml as it is written and its shape found good. */
export type ConfigText = z.infer<typeof configSchema>;

function limit(least: number, most: number, standard: number, description: string) {
  return z
    .int()
    .min(least)
    .max(most)
    .optional()
    .meta({ description: `${description} Default: ${standard}.`, default: standard });
}

function bytes(standard: number, description: string) {
  return limit(1024, 2 ** 31 - 1, standard, description);
}
