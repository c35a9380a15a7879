import { goJson } from './go-json.ts';
import { helmConfig } from './helm-config.ts';
import type { ChartMetadata } from './metadata.ts';

/** The config blob as `helm push` writes it for this metadata (helm:pkg/registry/client.go, json.Marshal). */
export function encodeConfig(metadata: ChartMetadata): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(goJson(helmConfig(metadata as unknown as Record<string, unknown>)));
}
