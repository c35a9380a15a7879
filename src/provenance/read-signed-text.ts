import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import {
  type ChartMetadata,
  MetadataError,
  readMetadata,
  readYaml,
  YamlError,
  type YamlValue,
} from '../chart/index.ts';

/** What a signed text says, as far as it says it well. */
export interface SignedText {
  metadata?: ChartMetadata;
  /** File names with their digests, `sha256:…`. */
  files?: Record<string, string>;
  /** All that is wrong with the text (codes provenance.*); when empty, both are there. */
  problems: ChartsealError[];
}

/**
 * Reads the text of a provenance file: the chart's metadata, a line `...`, and the `files` map (helm:
 * pkg/provenance/sign.go). Helm ignores what follows a second separator, takes `FILES` for `files` and the last of
 * equal keys; as other readers do not, each of these is a problem.
 * @param text the verified text, lines ended by LF
 */
export function readSignedText(text: string): SignedText {
  const result: SignedText = { problems: [] };
  const attempt = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ChartsealError)) throw error;
      result.problems.push(error);
    }
  };
  attempt(() => {
    const [first, second] = splitDocuments(text);
    attempt(() => {
      result.files = readFiles(second);
    });
    attempt(() => {
      result.metadata = readChartMetadata(first);
    });
  });
  return result;
}

function splitDocuments(text: string): [string, string] {
  const parts = text.split('\n...\n');
  const [first, second] = parts;
  if (first === undefined || second === undefined) {
    throw new ChartsealError(
      'provenance.separator',
      'the signed text has no line "..." between metadata and files',
    );
  }
  if (parts.length > 2 || hasFurtherDocument(first) || hasFurtherDocument(second)) {
    throw new ChartsealError('provenance.extra_document', 'the signed text has more than two documents');
  }
  return [first, second];
}

/**
 * A document marker at the start of a line, other than one that opens the document. YAML 1.1, which go-yaml v2 reads,
 * ends lines at U+0085, U+2028 and U+2029 too.
 */
function hasFurtherDocument(part: string): boolean {
  return part
    .split(/[\n\u0085\u2028\u2029]/)
    .some((line, index) => /^(---|\.\.\.)(\s|$)/.test(line) && !(index === 0 && line.startsWith('---')));
}

function readChartMetadata(text: string): ChartMetadata {
  let value: YamlValue;
  let metadata: ChartMetadata;
  try {
    value = readYaml(text);
    metadata = readMetadata(value);
  } catch (error) {
    if (!(error instanceof YamlError || error instanceof MetadataError)) throw error;
    throw notMetadata(oneLine(error.message));
  }
  // Go matches keys in any case, so a Helm plugin's "Name" would pass for a chart's "name".
  for (const key of ['name', 'version'] as const) {
    if (!isMapping(value) || !Object.hasOwn(value, key) || metadata[key] === '') {
      throw notMetadata(`"${key}" is missing`);
    }
  }
  return metadata;
}

function readFiles(text: string): Record<string, string> {
  let value: YamlValue;
  try {
    value = readYaml(text, { duplicates: 'reject' });
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    if (error.kind === 'duplicate') {
      throw new ChartsealError(
        'provenance.files_duplicate',
        `the second part of the signed text has a key twice: ${clean(error.message.replace(/\s+/g, ' '))}`,
      );
    }
    throw noFiles(clean(error.message.replace(/\s+/g, ' ')));
  }
  if (!isMapping(value)) throw noFiles('it is not a mapping');
  const miscased = Object.keys(value).find((key) => key !== 'files' && foldsToFiles(key));
  if (miscased !== undefined) {
    throw new ChartsealError(
      'provenance.files_miscased',
      `the second part of the signed text has the key "${clean(miscased)}" instead of "files"`,
    );
  }
  const files = value.files;
  if (files === undefined) throw noFiles('it has no key "files"');
  if (!isMapping(files) || Object.keys(files).length === 0)
    throw noFiles('"files" is no mapping with entries');
  const result: Record<string, string> = Object.create(null);
  for (const [name, digest] of Object.entries(files)) {
    if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
      throw new ChartsealError(
        'provenance.files_malformed',
        `the signed text names "${clean(String(digest), 80)}" as the digest of "${clean(name)}"`,
      );
    }
    result[name] = digest;
  }
  return result;
}

/** encoding/json compares keys under Unicode case folding, where "ſ" (U+017F) is an s. */
export function foldsToFiles(key: string): boolean {
  return key.toLowerCase().replaceAll('\u017f', 's') === 'files';
}

function isMapping(value: YamlValue): value is { [key: string]: YamlValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// go-yaml lists its complaints in lines.
function oneLine(message: string): string {
  return clean(message.replace(/\s+/g, ' '));
}

function notMetadata(what: string): ChartsealError {
  return new ChartsealError(
    'provenance.metadata',
    `the first part of the signed text is not the metadata of a chart: ${what}`,
  );
}

function noFiles(what: string): ChartsealError {
  return new ChartsealError(
    'provenance.files_missing',
    `the second part of the signed text holds no usable files map: ${what}`,
  );
}
