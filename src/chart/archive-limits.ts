const MIB = 1024 * 1024;

/** How much of an archive is read. What exceeds a limit fails with `archive.too_large`, which names the limit. */
export interface ArchiveLimits {
  /** Compressed bytes; more throw. */
  compressedBytes: number;
  /** Content of all files together (helm: MaxDecompressedChartSize). */
  totalBytes: number;
  /** Content of one file (helm: MaxDecompressedFileSize). */
  fileBytes: number;
  /** Decompressed bytes with headers and padding, archives of subcharts included. */
  tarBytes: number;
  /** Entries of any kind, archives of subcharts included. */
  entries: number;
  /** Bytes of one file's name. */
  pathBytes: number;
  /** Archives within archives. */
  depth: number;
  /** Failing or informing checks; further ones are counted and not kept. */
  checks: number;
}

export const DEFAULT_ARCHIVE_LIMITS: ArchiveLimits = {
  compressedBytes: 100 * MIB,
  totalBytes: 100 * MIB,
  fileBytes: 5 * MIB,
  tarBytes: 150 * MIB,
  entries: 20_000,
  pathBytes: 1024,
  depth: 5,
  checks: 100,
};
