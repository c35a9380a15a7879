import { ChartsealError } from '../base/error.ts';
import type { ClientPrediction, Evidence, Reason } from '../base/evidence.ts';
import { reason } from '../base/reason.ts';
import { MAX_SHOWN_TEXT } from '../base/text.ts';
import {
  type ArchiveFacts,
  type ChartMetadata,
  compareMetadata,
  encodeConfig,
  readMetadata,
} from '../chart/index.ts';
import { type Descriptor, formatReference, sha256Digest } from '../oci/index.ts';
import { type HelmSource, predictHelm } from '../provenance/index.ts';
import type { ReportedChart, ReportedContent } from '../report/index.ts';
import { type ChartShape, compareAnnotations, compareConfig, type ManifestClaim } from '../subject/index.ts';
import { type Collected, MAX_CONFIG_BYTES } from './collect.ts';
import type { FoundSignatures } from './hunt.ts';
import type { Judgement } from './judge.ts';
import { keyringsOf } from './keyrings-of.ts';
import { trustsOf } from './schemes.ts';
import type { VerifyTask } from './task.ts';

/** What a report says of the chart beside the verdict. */
interface Found {
  chart: ReportedChart;
  facts: Reason[];
  clients: ClientPrediction[];
  content: ReportedContent | undefined;
  /** False: a registry failed where only a fact hangs on it, so the report is not worth keeping. */
  complete: boolean;
}

const TITLE = 'org.opencontainers.image.title';
const VERSION = 'org.opencontainers.image.version';
/** Describes a chart in a registry: from signed text, or from unsigned annotations that are marked so. */
export async function describeFound(
  task: VerifyTask,
  collected: Collected,
  shape: ChartShape,
  { judgements, signatures }: { judgements: Judgement[]; signatures: FoundSignatures },
  now: number,
): Promise<Found> {
  const signed = signedMetadata(judgements);
  const claim = judgements.find((judgement) => judgement.claim !== undefined)?.claim;
  const { digest, size } = shape.chartLayer;
  const chart: ReportedChart = signed
    ? { ...fromMetadata(signed), digest, size, signed: true }
    : claim
      ? { ...fromClaim(claim), digest, size, signed: true }
      : {
          name: cut(shape.annotations[TITLE]),
          version: cut(shape.annotations[VERSION]),
          appVersion: null,
          digest,
          size,
          signed: false,
        };
  const differences = signed
    ? [
        ...compareAnnotations(signed, shape.annotations),
        ...(await compareConfigBlob(task, shape.config, signed)),
      ]
    : [];
  return {
    chart,
    facts: [...shape.facts, ...differences, ...detachedFact(judgements)],
    complete: !differences.some(({ code }) => code === 'manifest.config_unread'),
    clients: [
      ...(await predictPull(task, collected, shape, judgements, now)),
      ...(await predictCosignFor(collected, judgements, signatures, now)),
    ],
    content: describeContent(collected.content?.ok ? collected.content.value : undefined, judgements),
  };
}

/** Describes an archive and its provenance, without a registry. */
export async function describeFiles(
  archive: ArchiveFacts,
  provenance: Uint8Array | undefined,
  fileName: string,
  judgements: Judgement[],
  now: number,
): Promise<Found> {
  const signed = signedMetadata(judgements);
  const { digest, size } = archive;
  const metadata = signed ?? archive.metadata;
  const keyrings = judgements.slice(0, 1).flatMap(keyringsOf);
  const source = { kind: 'file' as const, fileName };
  const clients =
    keyrings.length === 0
      ? []
      : await predictHelm({ source, provenance, keyrings, archiveDigest: digest, now });
  return {
    chart: { ...fromMetadata(metadata), digest, size, signed: signed !== undefined },
    facts: [],
    complete: true,
    clients,
    content: describeContent(archive, judgements),
  };
}

// Which holds here and not in Helm, so it is said wherever a verdict may rest on it.
function detachedFact(judgements: Judgement[]): Reason[] {
  const rests = judgements
    .flatMap(({ evidence }) => evidence)
    .some(
      ({ scheme, source, trustedAs }) =>
        scheme === 'pgp' && source.kind === 'referrer' && trustedAs.length > 0,
    );
  const message = 'a provenance that holds is a referrer of the manifest, where Helm itself does not look';
  return rests ? [reason('pgp.detached', message)] : [];
}

// Unsigned text of any length, which a report in a cache should not carry around.
function cut(text: string | undefined): string | null {
  if (text === undefined) return null;
  return text.length > MAX_SHOWN_TEXT ? `${text.slice(0, MAX_SHOWN_TEXT)}…` : text;
}

function fromClaim({ name, version, appVersion }: ManifestClaim) {
  return { name: cut(name), version: cut(version), appVersion: cut(appVersion) };
}

function fromMetadata({
  name,
  version,
  appVersion,
}: ChartMetadata): Pick<ReportedChart, 'name' | 'version' | 'appVersion'> {
  return { name: name || null, version: version || null, appVersion: appVersion ?? null };
}

function signedMetadata(judgements: Judgement[]): ChartMetadata | undefined {
  return judgements.find((judgement) => judgement.signed !== undefined)?.signed;
}

function describeContent(
  archive: ArchiveFacts | undefined,
  judgements: Judgement[],
): ReportedContent | undefined {
  const checks = judgements.find((judgement) => judgement.contentChecks.length > 0)?.contentChecks;
  if (archive === undefined || checks === undefined) return undefined;
  return { checks, files: archive.files };
}

// The config blob that Helm would have pushed for the signed metadata is known without reading the one that is there:
// when the digests are equal, so are the blobs. Only otherwise it is read, to say what differs; the verdict does not
// rest on it, so that a registry which fails here changes nothing but what is stated.
async function compareConfigBlob(
  task: VerifyTask,
  config: Descriptor,
  signed: ChartMetadata,
): Promise<Reason[]> {
  if ((await sha256Digest(encodeConfig(signed))) === config.digest) return [];
  try {
    const bytes = await task.session.getBlob(task.reference, config, MAX_CONFIG_BYTES);
    const found = readMetadata(JSON.parse(new TextDecoder().decode(bytes)));
    return compareConfig(compareMetadata(signed, found));
  } catch (error) {
    if (error instanceof ChartsealError) {
      const message = `the config blob could not be compared with the signed text: ${error.message}`;
      return [reason('manifest.config_unread', message)];
    }
    return compareConfig(['its whole: it is not the metadata of a chart']);
  }
}

async function predictPull(
  task: VerifyTask,
  collected: Collected,
  shape: ChartShape,
  judgements: Judgement[],
  now: number,
): Promise<ClientPrediction[]> {
  const { provenance } = collected;
  const keyrings = judgements.slice(0, 1).flatMap(keyringsOf);
  // Helm knows PGP only: a policy without PGP keys gives it no keyring.
  if (keyrings.length === 0) return [];
  // What Helm would say of a provenance that could not be fetched is not known.
  if (provenance !== undefined && !provenance.ok) return [];
  return predictHelm({
    source: helmSource(task),
    provenance: provenance?.value,
    keyrings,
    archiveDigest: shape.chartLayer.digest,
    now,
  });
}

/** Trust names for which cosign's words are predicted: a report is no place for hundreds. */
const MAX_PREDICTED = 8;

// One for each signer of sigstore that the first policy names, as cosign is asked with one at a time.
async function predictCosignFor(
  { manifest, referrers }: Collected,
  [first]: Judgement[],
  { items, complete }: FoundSignatures,
  now: number,
): Promise<ClientPrediction[]> {
  const trusts = first === undefined ? [] : trustsOf(first.chosen, 'sigstore').slice(0, MAX_PREDICTED);
  // Nothing was looked for where PGP was enough.
  if (trusts.length === 0 || (items.length === 0 && !complete.referrers)) return [];
  const listed = await referrers().then(
    ({ entries }) => entries.map(({ digest }): string => digest),
    (): string[] => [],
  );
  const place = ({ source }: { source: Evidence['source'] }) => listed.indexOf(source.digest ?? '');
  const inOrder = items.toSorted((a, b) => place(a) - place(b));
  const { predictCosign } = await import('../sigstore/index.ts');
  return trusts.flatMap((trust) => {
    const said = predictCosign({ items: inOrder, complete, digest: manifest.digest, trust, now });
    return said === undefined ? [] : [{ ...said, trust: trust.name }];
  });
}

function helmSource({ reference, writtenTag }: VerifyTask): HelmSource {
  const { tag, ...untagged } = reference;
  if (reference.digest !== undefined || tag === undefined) {
    return { kind: 'registry', reference: formatReference(reference) };
  }
  const repository = formatReference(untagged);
  if (writtenTag !== undefined) return { kind: 'registry', reference: `${repository}:${writtenTag}` };
  return { kind: 'registry', reference: repository, version: tag };
}
