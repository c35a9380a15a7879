/**
 * How bundles of every version begin: `application/vnd.dev.sigstore.bundle+json;version=0.1`, `…;version=0.2`,
 * `…;version=0.3` and `application/vnd.dev.sigstore.bundle.v0.3+json` (protobuf-specs:protos/sigstore_bundle.proto).
 * Whoever reads the bundle tells which versions can be read.
 */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle';

/** A payload of cosign's legacy signatures (cosign:pkg/types/media.go). */
export const SIMPLE_SIGNING_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';

/** An envelope of cosign's legacy attestations. */
export const DSSE_TYPE = 'application/vnd.dsse.envelope.v1+json';

/** cosign's experimental layout for OCI 1.1: a legacy signature as a referrer (internal/pkg/oci/remote/remote.go). */
export const EXPERIMENTAL_SIGNATURE_TYPE = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/** Attestations in the same layout (cosign:pkg/oci/remote/write.go, WriteAttestationsReferrer). */
export const EXPERIMENTAL_ATTESTATION_TYPE = 'application/vnd.in-toto+json';

/** Annotations of a manifest that holds a bundle (cosign:specs/BUNDLE_SPEC.md). */
export const CONTENT_ANNOTATION = 'dev.sigstore.bundle.content';
export const PREDICATE_ANNOTATION = 'dev.sigstore.bundle.predicateType';

/** Annotation of a layer of cosign's legacy attestations. */
export const LEGACY_PREDICATE_ANNOTATION = 'predicateType';
