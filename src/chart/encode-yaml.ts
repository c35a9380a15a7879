import { goYaml } from './go-yaml.ts';
import { helmConfig } from './helm-config.ts';
import type { ChartMetadata } from './metadata.ts';

/**
 * The metadata as Helm writes it into packages and signed texts: `yaml.Marshal(chart.Metadata)` of sigs.k8s.io/yaml
 * v1.6.0, to the byte. Unknown and empty fields are left out; nothing is sanitised (`sanitiseMetadata`).
 * @throws YamlError where Helm fails too: on control characters that JSON does not escape, and on keys of about 1000
 * characters
 */
export function encodeYaml(metadata: ChartMetadata): string {
  return goYaml(helmConfig(metadata as unknown as Record<string, unknown>));
}
