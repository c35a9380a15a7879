import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import { shownUrl } from '../shown-url.ts';
import { describePath, field, type Segments } from './fields.ts';
import { likeGoContainerRegistry, nameChart } from './name-chart.ts';
import { readList } from './read-list.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, type Pin, unresolved } from './use.ts';

const PIN: Pin = { why: 'kapp-controller takes a version of a chart only' };
const IMAGE_PIN: Pin = { why: 'the reference is one text, which may name an image and no chart' };

/** The sources of an App of kapp-controller, in one list (pkg/apis/kappctrl/v1alpha1/types_fetch.go). */
export function readKappFetch(spec: unknown, segments: Segments): ChartUse[] {
  return readList(spec, segments, 'fetch', readSource);
}

function readSource(source: unknown, segments: Segments): ChartUse[] {
  if (!isObject(source))
    return [unresolved(segments, 'invalid', `${describePath(segments)} is no object`, source)];
  const uses: ChartUse[] = [];
  const each: [name: string, read: (from: unknown, at: Segments) => ChartUse][] = [
    ['helmChart', readHelmChart],
    ['image', (from, at) => readImage(from, at, 'url')],
    ['imgpkgBundle', (from, at) => readImage(from, at, 'image')],
    ['http', (from, at) => notOci(at, 'http', shown(from), from)],
    ['git', (from, at) => notOci(at, 'git', shown(from), from)],
    ['inline', (from, at) => notOci(at, 'inline', 'files inside the object', from)],
  ];
  for (const [name, read] of each) {
    const from = field(source, name) ?? undefined;
    if (from !== undefined) uses.push(read(from, [...segments, name]));
  }
  if (uses.length === 0)
    uses.push(unresolved(segments, 'unknown', `${describePath(segments)} is no known source`, source));
  return uses;
}

// carvel-dev/vendir pkg/vendir/fetch/helmchart: helm pull oci://REPOSITORY/NAME --version VERSION, which must be there.
function readHelmChart(chart: unknown, segments: Segments): ChartUse {
  const read = readTexts(chart, segments, ['name', 'version']);
  if (!read.ok) return read.use;
  const repository = readTexts(field(chart, 'repository'), [...segments, 'repository'], ['url']);
  if (!repository.ok) return repository.use;
  const { name, version } = read.texts;
  const { url } = repository.texts;
  if (!url.startsWith('oci://'))
    return notOci(segments, 'http', `${clean(name)} in ${shownUrl(url)}`, [url, name, version]);
  if (version === '') {
    return unresolved(
      segments,
      'invalid',
      `${describePath(segments)}: kapp-controller wants a version and there is none`,
      [url, name],
    );
  }
  return nameChart({
    segments,
    reference: `${url}/${name}`,
    takesTag: true,
    dialect: 'helm',
    version,
    pin: PIN,
  });
}

function shown(from: unknown): string {
  const url = field(from, 'url');
  return typeof url === 'string' ? shownUrl(url) : '';
}

// imgpkg reads references as go-containerregistry does.
function readImage(image: unknown, segments: Segments, name: 'url' | 'image'): ChartUse {
  const read = readTexts(image, segments, [name]);
  if (!read.ok) return read.use;
  if ((field(image, 'tagSelection') ?? undefined) !== undefined) {
    const why = 'tagSelection chooses among tags in ways that chartseal does not know';
    return unresolved([...segments, 'tagSelection'], 'unsupported', why, image);
  }
  return nameChart({
    segments,
    reference: likeGoContainerRegistry(read.texts[name] ?? ''),
    takesTag: true,
    dialect: 'flux-tag',
    version: '',
    pin: IMAGE_PIN,
    mayBeOther: true,
  });
}
