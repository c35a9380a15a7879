import type { Reason } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import { clean } from '../base/text.ts';
import { MEDIA_TYPES } from '../chart/index.ts';
import type { Descriptor, ParsedManifest } from '../oci/index.ts';

/** Which descriptor of a manifest is what, once it is certain that the manifest is one chart. */
export interface ChartShape {
  config: Descriptor;
  chartLayer: Descriptor;
  provenanceLayer: Descriptor | undefined;
  /** Layers that are neither chart nor provenance; PGP does not cover them. */
  extraLayers: Descriptor[];
  annotations: Record<string, string>;
  /** Worth stating, deciding nothing. */
  facts: Reason[];
}

type ShapeResult = { ok: true; shape: ChartShape } | { ok: false; reasons: Reason[] };

const MAX_LISTED = 8;

/**
 * Reads a manifest as a Helm chart: Helm's config type, exactly one chart layer of either media type, at most one
 * provenance layer. Anything else is refused with its own reason, because clients would differ in what they take.
 */
export function readShape(manifest: ParsedManifest): ShapeResult {
  if (manifest.kind === 'index') return refuse(indexReason(manifest.manifests));
  if (manifest.kind === 'docker') {
    return refuse(
      reason(
        'manifest.docker_schema',
        `the reference names a Docker manifest (schema ${manifest.schema}), which Helm does not read`,
      ),
    );
  }
  if (manifest.config.mediaType !== MEDIA_TYPES.config) {
    const found = clean(manifest.config.mediaType) || 'none';
    return refuse(
      reason(
        'manifest.not_a_chart',
        `the config of the manifest has the media type ${found}, a chart's is ${MEDIA_TYPES.config}`,
      ),
    );
  }
  const isChart = (layer: Descriptor) =>
    layer.mediaType === MEDIA_TYPES.chart || layer.mediaType === MEDIA_TYPES.legacyChart;
  const isProvenance = (layer: Descriptor) => layer.mediaType === MEDIA_TYPES.provenance;
  const charts = manifest.layers.filter(isChart);
  const provenances = manifest.layers.filter(isProvenance);
  const [chartLayer] = charts;
  if (chartLayer === undefined) {
    return refuse(reason('manifest.not_a_chart', "the manifest has Helm's config type but no chart layer"));
  }
  if (charts.length > 1 || provenances.length > 1) {
    const what =
      charts.length > 1 ? `${charts.length} chart layers` : `${provenances.length} provenance layers`;
    return refuse(
      reason(
        'manifest.ambiguous',
        `the manifest has ${what}, a chart has one: clients may read different ones`,
      ),
    );
  }
  return {
    ok: true,
    shape: {
      config: manifest.config,
      chartLayer,
      provenanceLayer: provenances[0],
      extraLayers: manifest.layers.filter((layer) => !isChart(layer) && !isProvenance(layer)),
      annotations: manifest.annotations,
      facts: shapeFacts(manifest, chartLayer),
    },
  };
}

function refuse(why: Reason): ShapeResult {
  return { ok: false, reasons: [why] };
}

function shapeFacts(manifest: ParsedManifest & { kind: 'image' }, chartLayer: Descriptor): Reason[] {
  const facts: Reason[] = [];
  if (chartLayer.mediaType === MEDIA_TYPES.legacyChart) {
    facts.push(
      reason('manifest.legacy_layer_type', `the chart layer has the media type ${MEDIA_TYPES.legacyChart}`),
    );
  }
  if (manifest.subject !== undefined) {
    facts.push(reason('manifest.subject', `the manifest names ${manifest.subject.digest} as its subject`));
  }
  return facts;
}

function indexReason(manifests: (Descriptor & { artifactType?: string })[]): Reason {
  const listed = manifests
    .slice(0, MAX_LISTED)
    .map((entry) => `${entry.digest}${entry.artifactType ? ` (${clean(entry.artifactType)})` : ''}`);
  const more = manifests.length > MAX_LISTED ? ` and ${manifests.length - MAX_LISTED} more` : '';
  const list = listed.length > 0 ? `: ${listed.join(', ')}${more}` : ', and it is empty';
  return reason(
    'manifest.index',
    `the reference names an image index of ${manifests.length} manifests${list}`,
  );
}
