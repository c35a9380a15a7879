import { isObject } from '../../base/is-object.ts';
import { clean } from '../../base/text.ts';
import { shownUrl } from '../shown-url.ts';
import { describePath, field, type Segments } from './fields.ts';
import { nameChart } from './name-chart.ts';
import { readList } from './read-list.ts';
import { readTexts } from './read-texts.ts';
import { type ChartUse, notOci, type Pin, unresolved } from './use.ts';

/** What an operation asks for instead of the source's own targetRevision; empty text asks for nothing. */
export interface Revision {
  text: string;
  segments: Segments;
}

/** How one source is read. */
interface SourceReading {
  /** One of `sources`: with a `ref` only it lends its files to others and installs nothing. */
  isOneOfSeveral?: boolean;
  revision?: Revision | undefined;
  /** Are its fields filled in by generators? Where they are not, `{{` means itself. */
  templates?: boolean | undefined;
}

/** How the sources of a spec or an operation are read. */
interface SourcesReading {
  /** Of an operation: one for each of `sources`. */
  all?: readonly Revision[];
  /** Of an operation: the one for `source`. */
  one?: Revision | undefined;
  templates?: boolean | undefined;
}

const HELM_PULL: Pin = { why: 'a chart of this form is pulled with helm --version, which takes no digest' };

/**
 * One source of an Argo CD Application (argo-cd v3.5.1 pkg/apis/application/v1alpha1/types.go ApplicationSource, IsOCI,
 * IsHelm, IsHelmOci; reposerver/repository/repository.go runRepoOperation): `oci://` is a native OCI source whatever
 * else is said, `chart` without a scheme is pulled by Helm from a registry, with one from an HTTP repository, and all
 * the rest is Git.
 */
function readArgoSource(
  source: unknown,
  segments: Segments,
  { isOneOfSeveral = false, revision, templates = false }: SourceReading = {},
): ChartUse[] {
  if (!isObject(source))
    return [unresolved(segments, 'invalid', `${describePath(segments)} is no object`, source)];
  const read = readTexts(source, segments, ['repoURL', 'chart', 'targetRevision'], templates);
  const others = readTexts(source, segments, ['path', 'ref']);
  if (!read.ok) return [read.use];
  if (!others.ok) return [others.use];
  const { repoURL, chart, targetRevision } = read.texts;
  const version = revision?.text || targetRevision;
  const content = [repoURL, chart, others.texts.path, version];
  // Settings of repositories are found by their url without it, and the url of the settings is the one that is pulled
  // from (util/git/git.go SameURL, util/db/repository_secrets.go getRepositorySecret).
  const isRegistry = repoURL.startsWith('oci://') || (chart !== '' && !repoURL.includes('://'));
  if (isRegistry && repoURL.endsWith('.git')) {
    const why = `${describePath(segments)}.repoURL ends with ".git", which Argo CD may take for the same without`;
    return [unresolved([...segments, 'repoURL'], 'invalid', why, content)];
  }
  if (repoURL.startsWith('oci://')) {
    const field = revision?.text ? revision.segments : [...segments, 'targetRevision'];
    const pin = { field, replaces: true };
    const use = nameChart({
      segments,
      reference: repoURL,
      dialect: 'argo-oci',
      version,
      pin,
      mayBeOther: true,
    });
    return [use];
  }
  if (chart !== '') {
    if (repoURL.includes('://'))
      return [notOci(segments, 'http', `${clean(chart)} in ${shownUrl(repoURL)}`, content)];
    const reference = `oci://${repoURL}/${chart}`;
    return [nameChart({ segments, reference, dialect: 'argo-helm', version, pin: HELM_PULL })];
  }
  if (repoURL === '')
    return [unresolved(segments, 'invalid', `${describePath(segments)} names no repoURL`, content)];
  if (isOneOfSeveral && others.texts.ref !== '' && others.texts.path === '') return [];
  return [notOci(segments, 'git', shownUrl(repoURL), content)];
}

/**
 * The sources of the spec of an Application: of the hydrator, or `sources`, or `source`.
 * @param templates are the fields filled in by generators, as in an ApplicationSet?
 */
export function readArgoSpec(spec: unknown, segments: Segments, templates = false): ChartUse[] {
  if (spec === undefined || spec === null) return [];
  if (!isObject(spec)) return [unresolved(segments, 'invalid', `${describePath(segments)} is no object`)];
  const hydrator = field(spec, 'sourceHydrator') ?? undefined;
  const sources = readSources(spec, segments, { templates });
  if (hydrator === undefined) return sources;
  const hydrated = readHydrator(hydrator, [...segments, 'sourceHydrator'], templates);
  // With a hydrator `sources` count only for an operation (controller/sync.go newSyncOperationResult).
  return [...hydrated, ...(hasSources(spec) ? sources : [])];
}

// What is rendered comes from drySource; syncSource is a branch of Git with the result.
function readHydrator(hydrator: unknown, segments: Segments, templates: boolean): ChartUse[] {
  const dry = readArgoSource(field(hydrator, 'drySource'), [...segments, 'drySource'], { templates });
  const sync = field(hydrator, 'syncSource');
  if (!field(sync, 'repoURL')) return dry;
  return [...dry, ...readArgoSource(sync, [...segments, 'syncSource'], { templates })];
}

/** Has it `sources`, or what should be? Then `source` does not count. */
export function hasSources(owner: unknown): boolean {
  const sources = field(owner, 'sources') ?? [];
  return !Array.isArray(sources) || sources.length > 0;
}

/** `sources`, or `source` when there are none, of a spec or an operation. */
export function readSources(
  owner: unknown,
  segments: Segments,
  { all = [], one, templates }: SourcesReading = {},
): ChartUse[] {
  if (hasSources(owner)) {
    const sources = field(owner, 'sources');
    // As many revisions as sources, or none of them counts (controller/state.go CompareAppState).
    const counts = Array.isArray(sources) && all.length === sources.length;
    return readList(owner, segments, 'sources', (source, at, i) =>
      readArgoSource(source, at, {
        isOneOfSeveral: true,
        revision: counts ? all[i] : undefined,
        templates,
      }),
    );
  }
  const source = field(owner, 'source') ?? undefined;
  if (source === undefined) return [];
  return readArgoSource(source, [...segments, 'source'], { revision: one, templates });
}
