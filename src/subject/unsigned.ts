import type { Reason } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import { clean } from '../base/text.ts';
import type { ChartMetadata } from '../chart/index.ts';

const ANNOTATION = 'org.opencontainers.image.';

/**
 * Compares the annotations of a manifest, which PGP does not sign, with the signed metadata that Helm would have
 * made them of (helm/helm pkg/registry/chart.go). An absent annotation is no difference; Chart.yaml's own annotations
 * may override all but title and version.
 */
export function compareAnnotations(signed: ChartMetadata, annotations: Record<string, string>): Reason[] {
  const expected: Record<string, string | undefined> = {
    title: signed.name,
    version: signed.version,
    description: signed.description,
    url: signed.home,
  };
  const reasons: Reason[] = [];
  for (const [key, value] of Object.entries(expected)) {
    const found = annotations[ANNOTATION + key];
    const own = key === 'title' || key === 'version' ? undefined : signed.annotations?.[ANNOTATION + key];
    const right = own ?? value ?? '';
    if (found === undefined || found.trim() === right.trim()) continue;
    reasons.push(
      reason(
        'manifest.unsigned_differs',
        `the annotation ${ANNOTATION}${key} says "${clean(found)}", the signed text "${clean(right)}"`,
      ),
    );
  }
  return reasons;
}

/** Names the fields in which the config blob differs from the signed metadata. */
export function compareConfig(fields: string[]): Reason[] {
  if (fields.length === 0) return [];
  return [
    reason(
      'manifest.unsigned_differs',
      `the config blob differs from the signed text in ${fields.map((field) => clean(field)).join(', ')}`,
    ),
  ];
}
