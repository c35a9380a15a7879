import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { KINDS } from '../../src/admission/kinds/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** `group/resource` */
const UNDERSTOOD = KINDS.map(({ group, resource }) => `${group}/${resource}`);

/** It says nothing itself, so that every one would be refused: the App that is made of it is judged. */
const LEFT_OUT = ['packaging.carvel.dev/packageinstalls'];

describe('what is deployed', () => {
  it('asks about every kind that is understood, and no other', () => {
    const helpers = text('deploy/chart/templates/_helpers.tpl');
    const rules = [...helpers.matchAll(/\(dict "group" "([^"]+)" "resources" \(list ([^)]+)\)\)/g)];
    const asked = rules.flatMap(([, group, list]) =>
      [...list!.matchAll(/"([^"]+)"/g)].map(([, resource]) => `${group}/${resource}`),
    );
    expect(asked.toSorted()).toEqual(UNDERSTOOD.filter((one) => !LEFT_OUT.includes(one)).toSorted());
  });

  it('has an example for the edge that asks about kinds that are understood', () => {
    const { webhooks } = load(text('docs/examples/webhook-edge.yaml')) as {
      webhooks: { rules: { apiGroups: string[]; resources: string[] }[]; failurePolicy: string }[];
    };
    const asked = webhooks.flatMap(({ rules }) =>
      rules.flatMap(({ apiGroups, resources }) =>
        apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`)),
      ),
    );
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((one) => !UNDERSTOOD.includes(one))).toEqual([]);
    expect(webhooks.map(({ failurePolicy }) => failurePolicy)).toEqual(['Fail']);
  });

  it('has an example for Gatekeeper whose template looks at errors, at system errors and at what has no answer', () => {
    const objects = loadAll(text('docs/examples/gatekeeper.yaml')) as { kind: string; spec: object }[];
    const template = JSON.stringify(objects.find(({ kind }) => kind === 'ConstraintTemplate'));
    expect(template).toContain('answer.errors[_]');
    expect(template).toContain('answer.system_error != ');
    expect(template).toContain('count(named) == 0');
    for (const elsewhere of [
      'spec.sources',
      'spec.sourceHydrator',
      'application.operation',
      'operationState',
    ]) {
      expect(template).toContain(elsewhere);
    }
    const assign = objects.find(({ kind }) => kind === 'Assign');
    expect(JSON.stringify(assign)).toContain('"failurePolicy":"Fail"');
  });

  it('is of one version', () => {
    const { version } = JSON.parse(text('package.json')) as { version: string };
    expect(load(text('deploy/chart/Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });

  it('makes its image of files that are there', () => {
    const copied = [...text('deploy/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, sources]) => sources!.split(' '),
    );
    expect(copied).not.toEqual([]);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
