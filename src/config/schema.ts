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

export const trustSchema = z
  .strictObject({
    pgp: path.meta({ description: 'File with public PGP keys: armored, binary or several concatenated.' }),
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
  })
  .meta({ description: 'Who may sign, under a name of your choice.' });

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

export const callerSchema = z
  .strictObject({
    token: secretRef.meta({
      secret: true,
      description: 'The bearer token of this caller: "Authorization: Bearer TOKEN".',
    }),
  })
  .meta({ description: 'Somebody who may ask, under a name of your choice.' });

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
    signers: z.array(fingerprint).optional().meta({
      description: 'Fingerprints of primary keys whose signatures never hold.',
    }),
  })
  .meta({ description: 'Recall: what is denied whatever signature it carries.' });

export const accessSchema = z
  .strictObject({
    verify: z
      .enum(['callers', 'anyone'])
      .optional()
      .meta({ description: 'Who may verify. Default: callers.' }),
  })
  .meta({ description: 'Who may do what.' });

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
    provenanceBytes: bytes(DEFAULT_LIMITS.provenanceBytes, 'Provenance layer or file, in bytes.'),
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
    blocked: blockedSchema.optional(),
    policies: z.array(policySchema).min(1).meta({ description: 'First match decides.' }),
    callers: z.record(name, callerSchema).optional().meta({ description: 'Who may ask, by name.' }),
    access: accessSchema.optional(),
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
