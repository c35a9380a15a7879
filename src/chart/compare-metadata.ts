import { type ChartMetadata, METADATA_FIELDS } from './metadata.ts';

/**
 * The fields that differ between the metadata that was signed and that of the archive (both with requirements.yaml
 * merged, as `readArchive` gives them), in the order of Helm's struct; empty when all are equal. Order counts in lists
 * and not in maps; an absent `apiVersion` is v1, as Helm's loader fills it in before it signs.
 */
export function compareMetadata(signed: ChartMetadata, archive: ChartMetadata): string[] {
  const left: ChartMetadata = { ...signed, apiVersion: signed.apiVersion ?? 'v1' };
  const right: ChartMetadata = { ...archive, apiVersion: archive.apiVersion ?? 'v1' };
  const fields = Object.keys(METADATA_FIELDS) as (keyof ChartMetadata)[];
  return fields.filter((field) => canonical(left[field]) !== canonical(right[field]));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    // Bigints and floats of one value are one: what Helm writes keeps no difference between 1 and 1.0.
    if (typeof inner === 'bigint') return Number(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
