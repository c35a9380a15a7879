import { z } from 'zod';
import { DEFAULT_LIMITS, EDGE_FILES_BYTES } from '../limits.ts';
import { bytes, limit } from './fields.ts';

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
      'Requests to registries for one verification, with redirects and retries; beside them a quarter of it to logs of provenance.',
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
