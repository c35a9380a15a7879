import { z } from 'zod';
import type { KubeObject } from '../kube-object.ts';

export const REVIEW_VERSION = 'admission.k8s.io/v1';

// Not taken apart here: it may have any shape and eight megabytes.
const object = z.custom<KubeObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'Invalid input: expected object' },
);
const text = z.string().max(1000);

/** What is read of an AdmissionReview (k8s:staging/src/k8s.io/api/admission/v1/types.go). */
export const reviewSchema = z.object({
  apiVersion: z.literal(REVIEW_VERSION),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1).max(200),
    kind: z.object({ group: text, version: text, kind: text }),
    subResource: text.nullish(),
    name: text.nullish(),
    namespace: text.nullish(),
    operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']),
    object: object.nullish(),
    oldObject: object.nullish(),
    dryRun: z.boolean().nullish(),
  }),
});

/** The request of an AdmissionReview. */
export type ReviewRequest = z.infer<typeof reviewSchema>['request'];

/** The answer, as the API server reads it. */
export interface ReviewResponse {
  apiVersion: typeof REVIEW_VERSION;
  kind: 'AdmissionReview';
  response: {
    uid: string;
    allowed: boolean;
    status?: { code: number; reason: string; message: string };
    warnings?: string[];
    auditAnnotations?: Record<string, string>;
    patchType?: 'JSONPatch';
    /** Base64. */
    patch?: string;
  };
}
