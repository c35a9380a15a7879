import type { YamlValue } from './read-yaml.ts';

/** A person or team in Chart.yaml. */
export interface Maintainer {
  name?: string;
  email?: string;
  url?: string;
}

/** A chart that a chart needs (helm:pkg/chart/v2/dependency.go). Names and repositories may be ''. */
export interface Dependency {
  name: string;
  repository: string;
  version?: string;
  condition?: string;
  tags?: string[];
  enabled?: boolean;
  'import-values'?: YamlValue[];
  alias?: string;
}

/**
 * What Chart.yaml says: Helm's Metadata struct (helm:pkg/chart/v2/metadata.go), field by field. As in Go an absent
 * field and an empty one are the same: `name` and `version` are '' then, all others are left out. A list of
 * maintainers or dependencies may hold null, which `validateMetadata` refuses.
 */
export interface ChartMetadata {
  name: string;
  version: string;
  home?: string;
  sources?: string[];
  description?: string;
  keywords?: string[];
  maintainers?: (Maintainer | null)[];
  icon?: string;
  apiVersion?: string;
  condition?: string;
  tags?: string;
  appVersion?: string;
  deprecated?: boolean;
  annotations?: Record<string, string>;
  kubeVersion?: string;
  dependencies?: (Dependency | null)[];
  type?: string;
}

/** A field's type as Go has it. */
export type FieldType =
  | 'string'
  | 'bool'
  | 'strings'
  | 'values'
  | 'map'
  | { struct: string; fields: Record<string, FieldType> };

const MAINTAINER: FieldType = {
  struct: 'Maintainer',
  fields: { name: 'string', email: 'string', url: 'string' },
};

const DEPENDENCY: FieldType = {
  struct: 'Dependency',
  fields: {
    name: 'string',
    version: 'string',
    repository: 'string',
    condition: 'string',
    tags: 'strings',
    enabled: 'bool',
    'import-values': 'values',
    alias: 'string',
  },
};

/** The fields of Metadata in the order of Go's struct, which is the order of the config blob. */
export const METADATA_FIELDS: Record<keyof ChartMetadata, FieldType> = {
  name: 'string',
  home: 'string',
  sources: 'strings',
  version: 'string',
  description: 'string',
  keywords: 'strings',
  maintainers: MAINTAINER,
  icon: 'string',
  apiVersion: 'string',
  condition: 'string',
  tags: 'string',
  appVersion: 'string',
  deprecated: 'bool',
  annotations: 'map',
  kubeVersion: 'string',
  dependencies: DEPENDENCY,
  type: 'string',
};
