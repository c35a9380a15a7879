import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/** `/webhook/mutate`, as templates name it. */
function usedValues(): string[] {
  const folder = join(ROOT, 'deploy/chart/templates');
  const whole = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const used = [...whole.join('\n').matchAll(/\.Values((?:\.[A-Za-z]+)+)/g)].map(([, name]) =>
    name!.replaceAll('.', '/'),
  );
  // What templates keep there for each other.
  return [...new Set(used)].filter((name) => !/^\/made[A-Z]/.test(name));
}

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

  it('has a schema of exactly the values that there are, in which every other name is refused', () => {
    interface Schema {
      type?: string;
      properties?: Record<string, Schema>;
      additionalProperties?: unknown;
    }
    const namesOf = (values: unknown, schema: Schema, at: string): string[] => {
      if (schema.properties === undefined) return [at];
      expect([at, schema.additionalProperties]).toEqual([at, false]);
      const { global: _, ...properties } = schema.properties;
      expect([at, Object.keys(properties)]).toEqual([at, Object.keys(values as object)]);
      return Object.entries(properties).flatMap(([name, inner]) =>
        namesOf((values as Record<string, unknown>)[name], inner, `${at}/${name}`),
      );
    };
    const schema = JSON.parse(text('deploy/chart/values.schema.json')) as Schema;
    const names = namesOf(load(text('deploy/chart/values.yaml')), schema, '');
    for (const value of usedValues()) {
      expect(names.some((name) => name === value || name.startsWith(`${value}/`))).toBe(true);
    }
    // One value enforces.
    expect(load(text('deploy/chart/values-audit.yaml'))).toEqual({ enforce: false });
    expect(text('deploy/chart/templates/NOTES.txt')).toMatch(
      /--reset-then-reuse-values --set enforce=true$/m,
    );
  });

  it('reads the cluster and writes nothing there', () => {
    const verbs = [...text('deploy/chart/templates/rbac.yaml').matchAll(/verbs: (.*)/g)].map(
      ([, list]) => list,
    );
    expect(verbs).toEqual(['[get, list]', '[get, list]']);
  });

  it('runs as the same user in its image and in its Pod, and never as root', () => {
    const dockerfile = text('deploy/Dockerfile');
    const [, user] = /^USER (\d+):\d+$/m.exec(dockerfile) ?? [];
    expect(text('deploy/chart/templates/deployment.yaml')).toContain(`runAsUser: ${user}\n`);
    expect(Number(user)).toBeGreaterThan(0);
    expect(dockerfile.split('\n').findLast((line) => line.startsWith('FROM'))).toMatch(
      /distroless.*:nonroot$/,
    );
  });

  it('makes its image of files that are there', () => {
    const copied = [...text('deploy/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, sources]) => sources!.split(' '),
    );
    expect(copied).not.toEqual([]);
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
