export { type ArchiveLimits, DEFAULT_ARCHIVE_LIMITS } from './archive-limits.ts';
export { compareMetadata } from './compare-metadata.ts';
export { encodeConfig } from './encode-config.ts';
export { type BlobRef, encodeManifest } from './encode-manifest.ts';
export { encodeYaml } from './encode-yaml.ts';
export { MEDIA_TYPES } from './media-types.ts';
export { messageBlock } from './message-block.ts';
export type { ChartMetadata, Dependency, Maintainer } from './metadata.ts';
export { type ArchiveFacts, readArchive } from './read-archive.ts';
export { MetadataError, readMetadata } from './read-metadata.ts';
export {
  DEFAULT_YAML_LIMITS,
  readYaml,
  type YamlLimits,
  type YamlOptions,
  type YamlValue,
} from './read-yaml.ts';
export { sanitiseMetadata } from './sanitise-metadata.ts';
export { signedManifest } from './signed-manifest.ts';
export { validateMetadata } from './validate-metadata.ts';
export { YamlError } from './yaml-error.ts';
