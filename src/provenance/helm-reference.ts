/** Where a chart comes from, for Helm: a registry (helm pull) or a file (helm verify). */
export type HelmSource =
  | {
      kind: 'registry';
      /** `oci://host/repository[:tag][@digest]`. */
      reference: string;
      /** What `--version`, or the search without any version, led to; the reference then has no tag. */
      version?: string | undefined;
    }
  | { kind: 'file'; fileName: string };

// Masterminds/semver NewVersion: a leading v and missing minor and patch numbers are taken.
const LOOSE_SEMVER =
  /^v?\d+(\.\d+){0,2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/**
 * The name under which Helm looks for the archive in a provenance, and what it says when there is no provenance; or
 * why it does not even ask for the chart (helm: pkg/registry/client.go, ValidateReference;
 * pkg/downloader/chart_downloader.go, DownloadTo).
 */
export function resolveAsHelm(
  source: HelmSource,
): { fileName: string; missing: string } | { refusal: string } {
  if (source.kind === 'file') {
    const { fileName } = source;
    if (!/\.tgz$/i.test(fileName)) return { refusal: 'chart must be a tgz file' };
    const file = `${fileName}.prov`;
    return {
      fileName,
      missing: `could not load provenance file ${file}: stat ${file}: no such file or directory`,
    };
  }
  const { location, tag, digest } = splitReference(source.reference);
  const base = location.slice(location.lastIndexOf('/') + 1);
  // With a digest the tag is dropped, and the colon of the digest is taken for that of a tag.
  if (digest !== undefined) return resolved(`${base}@${digest}`, `${location}@${digest}`);
  if (source.version !== undefined) {
    const version = source.version.replaceAll('_', '+');
    if (!LOOSE_SEMVER.test(version)) return { refusal: `improper constraint: ${JSON.stringify(version)}` };
    return resolved(`${base}:${version}`, `${location}:${version}`);
  }
  if (tag === undefined) return { refusal: `Unable to locate any tags in provided repository: ${location}` };
  if (tag.includes('+')) return { refusal: `invalid reference: invalid tag ${JSON.stringify(tag)}` };
  if (!LOOSE_SEMVER.test(tag)) return { refusal: `improper constraint: ${JSON.stringify(tag)}` };
  return resolved(`${base}:${tag}`, `${location}:${tag}`);
}

function resolved(last: string, url: string): { fileName: string; missing: string } {
  const colon = last.lastIndexOf(':');
  return {
    fileName: `${last.slice(0, colon)}-${last.slice(colon + 1)}.tgz`,
    missing: `failed to fetch provenance ${JSON.stringify(`${url}.prov`)}`,
  };
}

function splitReference(reference: string): { location: string; tag?: string; digest?: string } {
  const at = reference.indexOf('@');
  const digest = at === -1 ? undefined : reference.slice(at + 1);
  const rest = at === -1 ? reference : reference.slice(0, at);
  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  return {
    location: tagged ? rest.slice(0, colon) : rest,
    ...(tagged ? { tag: rest.slice(colon + 1) } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}
