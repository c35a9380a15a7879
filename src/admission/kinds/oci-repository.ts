import { clean } from '../../base/text.ts';
import { isSpecialHost, isTag, parseReference } from '../../oci/index.ts';
import { shownUrl } from '../shown-url.ts';
import { range } from './ask-version.ts';
import { field } from './fields.ts';
import { FLUX_SOURCES } from './flux-chart.ts';
import type { Kind } from './kind.ts';
import { likeGoContainerRegistry, nameChart } from './name-chart.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, type Pin, unresolved } from './use.ts';

/** What Helm's media type of a chart makes of tags: `_` is read as `+` (convertOCIToSemVerTag). */
const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';

const PIN: Pin = { field: ['spec', 'ref', 'digest'], replaces: false };

/**
 * OCIRepository of Flux: `spec.url` is the whole repository; of `spec.ref` the digest wins over semver, and that over
 * the tag; without any it is `latest` (source-controller v1.9.3 api/v1/ocirepository_types.go,
 * internal/controller/ocirepository_controller.go getArtifactRef).
 */
export const ociRepository: Kind = {
  group: FLUX_SOURCES,
  versions: ['v1', 'v1beta2'],
  resource: 'ocirepositories',
  kind: 'OCIRepository',
  pins: 'field',
  read: (object) => [readOciRepository(object)],
};

function readOciRepository(object: unknown): ChartUse {
  const spec = field(object, 'spec');
  const read = readTexts(spec, ['spec'], ['url']);
  if (!read.ok) return read.use;
  const ref = readTexts(field(spec, 'ref'), ['spec', 'ref'], ['digest', 'semver', 'semverFilter', 'tag']);
  if (!ref.ok) return ref.use;
  const layer = readTexts(field(spec, 'layerSelector'), ['spec', 'layerSelector'], ['mediaType']);
  if (!layer.ok) return layer.use;
  const { url } = read.texts;
  if (!url.startsWith('oci://')) {
    return unresolved(['spec', 'url'], 'invalid', `spec.url "${shownUrl(url)}" does not begin with "oci://"`);
  }
  const { digest, semver, semverFilter, tag } = ref.texts;
  const named = nameChart({
    segments: ['spec'],
    reference: likeGoContainerRegistry(url),
    dialect: 'flux-tag',
    // Not looked at by Flux beside digest or semver, but what a person asks for there has to be the same chart.
    version: semver !== '' || (digest !== '' && !isTag(tag)) ? '' : tag,
    digest,
    pin: PIN,
    mayBeOther: true,
  });
  // A digest is held against what comes, whoever answers.
  if (named.state !== 'oci' || digest !== '') return named;
  if (othersMayAnswer(spec, named.repository)) {
    const why =
      'with a proxy of its own and without TLS that the controller trusts anyway, whoever has the proxy answers in place of the registry: name the digest';
    return unresolved(['spec', 'proxySecretRef'], 'unsupported', why, [url, ref.texts]);
  }
  if (semver === '') return named;
  if (semverFilter !== '') {
    const why = 'spec.ref.semverFilter is a regular expression of Go, by which chartseal cannot choose a tag';
    return unresolved(['spec', 'ref', 'semverFilter'], 'unsupported', why);
  }
  const asked = range(semver, { form: 'loose3', plus: layer.texts.mediaType === CHART_LAYER });
  if (asked !== undefined) return { ...named, asked };
  return unresolved(['spec', 'ref', 'semver'], 'invalid', `spec.ref.semver "${clean(semver)}" is no range`);
}

// The proxy is in a Secret of whoever writes the object. TLS ends at the registry behind it, but not with `insecure`,
// which verifies nothing, nor with an authority out of another Secret (source-controller transport, getTLSConfig), nor
// for private hosts, some of which go-containerregistry asks in the clear (pkg/name/registry.go Scheme).
function othersMayAnswer(spec: unknown, repository: string): boolean {
  if ((field(spec, 'proxySecretRef') ?? undefined) === undefined) return false;
  const { host } = parseReference(repository);
  const trustsOthers = ['insecure', 'certSecretRef'].some((name) => Boolean(field(spec, name)));
  return trustsOthers || isSpecialHost(new URL(`https://${host}/`).hostname);
}
