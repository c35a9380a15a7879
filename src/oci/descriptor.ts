import type { Digest } from './digest.ts';

/** What a manifest says of a blob or of another manifest. `size` in bytes. OCI image spec, descriptor.md. */
export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  annotations?: Record<string, string>;
  artifactType?: string;
}
