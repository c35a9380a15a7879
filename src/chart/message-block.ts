import { ChartsealError } from '../base/error.ts';
import { clean } from '../base/text.ts';
import { encodeYaml } from './encode-yaml.ts';
import { goYaml } from './go-yaml.ts';
import type { ChartMetadata } from './metadata.ts';
import { sanitiseMetadata } from './sanitise-metadata.ts';
import { YamlError } from './yaml-error.ts';

/**
 * The text that `helm package --sign` signs for a chart (helm:pkg/provenance/sign.go messageBlock), to the byte; lines
 * end with LF, the last one too.
 * @param metadata of the archive, as `readArchive` gives it
 * @param fileName the archive's name without folders, which Helm looks for when it verifies: `app-1.2.3.tgz`
 * @param digest of the archive's compressed bytes: `sha256:` and 64 lower-case hex digits
 * @throws ChartsealError `archive.chart_yaml` for metadata that Helm itself fails to write as YAML
 */
export function messageBlock(metadata: ChartMetadata, fileName: string, digest: string): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new TypeError(`not a SHA-256 digest: ${clean(digest)}`);
  try {
    const files = new Map([[fileName, digest]]);
    return `${encodeYaml(sanitiseMetadata(metadata))}\n...\n${goYaml({ files })}`;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new ChartsealError(
      'archive.chart_yaml',
      `Helm cannot write the metadata of this chart as YAML and so cannot sign it: ${clean(error.message)}`,
      { cause: error },
    );
  }
}
