import { MetadataError, readMetadata, readYaml, YamlError, type YamlValue } from '../chart/index.ts';
import { foldsToFiles } from './read-signed-text.ts';

/**
 * What Helm says of a verified text (parseMessageBlock and Verify, helm: pkg/provenance/sign.go). Helm 3 reads the
 * metadata too, and compares none of it.
 * @param fileName the file Helm looks for
 * @param readsMetadata Helm 3 fails when the metadata cannot be read, Helm 4 passes over it
 * @returns undefined when Helm is content
 */
export function checkTextAsHelm(
  text: string,
  fileName: string,
  archiveDigest: string,
  readsMetadata: boolean,
): string | undefined {
  const [first, second] = text.split('\n...\n');
  if (first === undefined || second === undefined) return 'message block must have at least two parts';
  if (readsMetadata) {
    const problem = goWords(() => readMetadata(readYaml(first)));
    if (problem !== undefined) return problem;
  }
  let sums: Map<string, string> = new Map();
  const problem = goWords(() => {
    sums = readSums(readYaml(second));
  });
  if (problem !== undefined) return problem;
  const sum = sums.get(fileName);
  if (sum === undefined) return `provenance does not contain a SHA for a file named ${quote(fileName)}`;
  if (sum !== archiveDigest) {
    return `sha256 sum does not match for ${fileName}: ${quote(sum)} != ${quote(archiveDigest)}`;
  }
  return undefined;
}

function goWords(read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof YamlError) return `error converting YAML to JSON: ${error.message}`;
    if (error instanceof MetadataError) {
      return `error unmarshaling JSON: while decoding JSON: ${error.message}`;
    }
    throw error;
  }
}

/** json.Unmarshal into SumCollection: keys in any case, in sorted order, all into the same map. */
function readSums(value: YamlValue): Map<string, string> {
  const sums = new Map<string, string>();
  if (value === null) return sums;
  if (!isMapping(value)) throw wrong(value, 'Go value of type provenance.SumCollection');
  for (const key of Object.keys(value).sort()) {
    const field = foldsToFiles(key) ? 'files' : key.toLowerCase() === 'images' ? 'images' : undefined;
    const entries = value[key];
    if (field === undefined || entries === undefined || entries === null) continue;
    const at = `Go struct field SumCollection.${field} of type`;
    if (!isMapping(entries)) throw wrong(entries, `${at} map[string]string`);
    for (const [name, sum] of Object.entries(entries)) {
      if (typeof sum === 'object' && sum !== null) throw wrong(sum, `${at} string`);
      if (field === 'files') sums.set(name, sum === null ? '' : String(sum));
    }
  }
  return sums;
}

function isMapping(value: YamlValue): value is { [key: string]: YamlValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(value: YamlValue, into: string): MetadataError {
  const kind = Array.isArray(value)
    ? 'array'
    : typeof value === 'object'
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value === 'string'
          ? 'string'
          : 'number';
  return new MetadataError(`json: cannot unmarshal ${kind} into ${into}`);
}

/** Go's %q, as far as file names and digests need it. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/\\u00([0-7][0-9a-f])/g, '\\x$1');
}
