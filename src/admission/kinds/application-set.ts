import { isObject } from '../../base/is-object.ts';
import { readArgoSpec } from './argo-source.ts';
import { field, type Segments } from './fields.ts';
import type { Kind } from './kind.ts';
import { readList } from './read-list.ts';
import { type ChartUse, type Pin, unresolved } from './use.ts';

const PIN: Pin = { why: 'the Applications made of it are pinned' };

const GENERATORS = [
  'list',
  'clusters',
  'git',
  'scmProvider',
  'clusterDecisionResource',
  'pullRequest',
  'matrix',
  'merge',
  'plugin',
];

/** How deep a template is merged; sources stand three levels down. */
const MERGE_DEPTH = 4;

const SOURCE_FIELDS = ['repoURL', 'chart', 'targetRevision', 'path', 'ref'];

/** Most sources that are read. A template without sources of its own has all those of the base once more. */
const MAX_READ = 500;

/**
 * ApplicationSet of Argo CD: the template of its Applications, and that template with what each generator lays over it
 * (argo-cd v3.5.1 applicationset/generators/generator_spec_processor.go mergeGeneratorTemplate). Fields with parameters
 * are templated; `templatePatch`, text that is patched in afterwards, may change any of them.
 */
export const applicationSet: Kind = {
  group: 'argoproj.io',
  versions: ['v1alpha1'],
  resource: 'applicationsets',
  kind: 'ApplicationSet',
  pins: 'annotation',
  makes: ['Application'],
  read(object) {
    const spec = field(object, 'spec');
    const base = field(spec, 'template', 'spec');
    const uses = readArgoSpec(base, ['spec', 'template', 'spec'], true).map(asTemplate);
    const patch = field(spec, 'templatePatch') ?? '';
    if (patch !== '') {
      uses.push(
        unresolved(
          ['spec', 'templatePatch'],
          'templated',
          'spec.templatePatch may change any source of its template',
          patch,
        ),
      );
    }
    const left = { sources: MAX_READ };
    const merged = onlySources(base);
    uses.push(
      ...readList(spec, ['spec'], 'generators', (generator, at) =>
        readGenerator(generator, at, merged, left),
      ),
    );
    if (left.sources <= 0) {
      const why = `its generators name more than ${MAX_READ} sources`;
      return [unresolved(['spec', 'generators'], 'unsupported', why, spec)];
    }
    return uses.map((use) => (use.state === 'oci' ? { ...use, pin: PIN } : use));
  },
};

// What is missing in it, generators may fill in, and the Applications that come of it are reviewed.
function asTemplate(use: ChartUse): ChartUse {
  return use.state === 'unresolved' && use.reason === 'invalid' ? { ...use, reason: 'templated' } : use;
}

// Only the outermost generators lay templates over; those inside a matrix or a merge have parameters only.
function readGenerator(
  generator: unknown,
  segments: Segments,
  base: unknown,
  left: { sources: number },
): ChartUse[] {
  return GENERATORS.flatMap((name) => {
    const over = field(generator, name, 'template', 'spec') ?? undefined;
    if (over === undefined || left.sources <= 0) return [];
    const at = [...segments, name, 'template', 'spec'];
    const uses = readArgoSpec(fill(onlySources(over), base, MERGE_DEPTH), at, true);
    left.sources -= Math.max(1, uses.length);
    return uses;
  });
}

// What is read of a template, and nothing else: of all that is merged each time, how much there is else is up to whoever
// writes the object.
function onlySources(spec: unknown): unknown {
  if (!isObject(spec)) return spec;
  const hydrator = field(spec, 'sourceHydrator');
  return {
    source: onlyFields(field(spec, 'source'), SOURCE_FIELDS),
    sources: field(spec, 'sources'),
    sourceHydrator: isObject(hydrator)
      ? {
          drySource: onlyFields(field(hydrator, 'drySource'), SOURCE_FIELDS),
          syncSource: onlyFields(field(hydrator, 'syncSource'), SOURCE_FIELDS),
        }
      : hydrator,
  };
}

function onlyFields(value: unknown, names: readonly string[]): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(names.map((name) => [name, unmerged(field(value, name))]));
}

// What should be text and is an object is not merged either: a list is taken as it is.
function unmerged(value: unknown): unknown {
  return isObject(value) ? [value] : value;
}

// mergo.Merge: what is empty is taken from the base; a list that is not empty stays as it is.
function fill(over: unknown, base: unknown, depth: number): unknown {
  if (isEmpty(over)) return base;
  if (!isObject(over) || !isObject(base) || depth === 0) return over;
  const keys = new Set([...Object.keys(over), ...Object.keys(base)]);
  return Object.fromEntries(
    [...keys].map((key) => [key, fill(field(over, key), field(base, key), depth - 1)]),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return Array.isArray(value) && value.length === 0;
}
