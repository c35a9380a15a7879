/** Where a chart is. */
export interface ChartPlace {
  /** `127.0.0.1:PORT` */
  host: string;
  /** `charts` */
  folder: string;
  /** `app` */
  name: string;
  /** As the object asks for it. */
  version: string;
}

/** A kind that names charts, as these tests write it. */
export interface ObjectKind {
  /** For names of tests. */
  title: string;
  /** `ocirepositories.source.toolkit.fluxcd.io` */
  resource: string;
  /** `good` is a chart that may stand beside, where the kind has room for several. */
  make(name: string, chart: ChartPlace, good: ChartPlace): KubernetesObject;
  /** The field that a digest is written into; without it there is an annotation alone. */
  pin?: readonly string[];
  /** Another object must be there that says where the chart is. */
  needs?(chart: ChartPlace): KubernetesObject;
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [field: string]: unknown };
  spec: Record<string, unknown>;
}

export const NAMESPACE = 'default';
const ARGO = {
  project: 'default',
  destination: { server: 'https://kubernetes.default.svc', namespace: 'x' },
};

function object(apiVersion: string, kind: string, name: string, spec: object): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec: { ...spec } };
}

function clusterObject(apiVersion: string, kind: string, name: string, spec: object): KubernetesObject {
  return { apiVersion, kind, metadata: { name }, spec: { ...spec } };
}

const folderOf = ({ host, folder }: ChartPlace) => `oci://${host}/${folder}`;
const whole = (chart: ChartPlace) => `${folderOf(chart)}/${chart.name}`;

/** The name of the object that others find a chart through. */
export function repositoryName({ host, folder, version }: ChartPlace): string {
  return `at-${`${host}-${folder}-${version}`.replace(/[^0-9a-z]/g, '-')}`;
}

export function helmRepository(chart: ChartPlace): KubernetesObject {
  return object('source.toolkit.fluxcd.io/v1', 'HelmRepository', repositoryName(chart), {
    type: 'oci',
    url: folderOf(chart),
    insecure: true,
    interval: '10m',
  });
}

export function ociRepository(name: string, chart: ChartPlace, spec: object = {}): KubernetesObject {
  return object('source.toolkit.fluxcd.io/v1', 'OCIRepository', name, {
    ...{ interval: '10m', insecure: true, url: whole(chart), ref: { tag: chart.version } },
    ...spec,
  });
}

export function argoApplication(name: string, spec: object): KubernetesObject {
  return object('argoproj.io/v1alpha1', 'Application', name, { ...ARGO, ...spec });
}

const argoSource = ({ host, folder, name, version }: ChartPlace) => ({
  ...{ repoURL: `${host}/${folder}`, chart: name, targetRevision: version },
});

/** Every kind that chartseal reads, each way it can name a chart in an OCI registry. */
export const OBJECT_KINDS: readonly ObjectKind[] = [
  {
    title: 'OCIRepository of Flux',
    resource: 'ocirepositories.source.toolkit.fluxcd.io',
    pin: ['spec', 'ref', 'digest'],
    make: (name, chart) => ociRepository(name, chart),
  },
  {
    title: 'HelmChart of Flux',
    resource: 'helmcharts.source.toolkit.fluxcd.io',
    needs: helmRepository,
    make: (name, chart) =>
      object('source.toolkit.fluxcd.io/v1', 'HelmChart', name, {
        ...{ chart: chart.name, version: chart.version, interval: '10m' },
        sourceRef: { kind: 'HelmRepository', name: repositoryName(chart) },
      }),
  },
  {
    title: 'HelmRelease of Flux',
    resource: 'helmreleases.helm.toolkit.fluxcd.io',
    needs: helmRepository,
    make: (name, chart) =>
      object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', name, {
        interval: '10m',
        chart: {
          spec: {
            ...{ chart: chart.name, version: chart.version },
            sourceRef: { kind: 'HelmRepository', name: repositoryName(chart) },
          },
        },
      }),
  },
  {
    title: 'HelmRelease of Flux with a chartRef',
    resource: 'helmreleases.helm.toolkit.fluxcd.io',
    needs: (chart) => ociRepository(repositoryName(chart), chart),
    make: (name, chart) =>
      object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', name, {
        interval: '10m',
        chartRef: { kind: 'OCIRepository', name: repositoryName(chart) },
      }),
  },
  {
    title: 'Application of Argo CD',
    resource: 'applications.argoproj.io',
    make: (name, chart) => argoApplication(name, { source: argoSource(chart) }),
  },
  {
    title: 'Application of Argo CD with several sources',
    resource: 'applications.argoproj.io',
    make: (name, chart, good) => argoApplication(name, { sources: [argoSource(good), argoSource(chart)] }),
  },
  {
    title: 'Application of Argo CD with a native OCI source',
    resource: 'applications.argoproj.io',
    make: (name, chart) =>
      argoApplication(name, {
        source: { repoURL: whole(chart), path: '.', targetRevision: chart.version },
      }),
  },
  {
    title: 'ApplicationSet of Argo CD',
    resource: 'applicationsets.argoproj.io',
    make: (name, chart) =>
      object('argoproj.io/v1alpha1', 'ApplicationSet', name, {
        goTemplate: true,
        generators: [{ list: { elements: [{ name: 'one' }] } }],
        template: { metadata: { name: '{{.name}}' }, spec: { ...ARGO, source: argoSource(chart) } },
      }),
  },
  {
    title: 'HelmChart of k3s',
    resource: 'helmcharts.helm.cattle.io',
    make: (name, chart) =>
      object('helm.cattle.io/v1', 'HelmChart', name, { chart: whole(chart), version: chart.version }),
  },
  {
    title: 'HelmOp of Fleet',
    resource: 'helmops.fleet.cattle.io',
    make: (name, chart) =>
      object('fleet.cattle.io/v1alpha1', 'HelmOp', name, {
        helm: { repo: whole(chart), version: chart.version },
      }),
  },
  {
    title: 'Bundle of Fleet that a HelmOp made',
    resource: 'bundles.fleet.cattle.io',
    make: (name, chart) =>
      object('fleet.cattle.io/v1alpha1', 'Bundle', name, {
        helmOpOptions: {},
        helm: { chart: whole(chart), version: chart.version },
      }),
  },
  {
    title: 'BundleDeployment of Fleet',
    resource: 'bundledeployments.fleet.cattle.io',
    make: (name, chart) =>
      object('fleet.cattle.io/v1alpha1', 'BundleDeployment', name, {
        helmChartOptions: {},
        options: { helm: { chart: whole(chart), version: chart.version } },
      }),
  },
  {
    title: 'Release of Crossplane, of the cluster',
    resource: 'releases.helm.crossplane.io',
    pin: ['spec', 'forProvider', 'chart', 'digest'],
    make: (name, chart) => clusterObject('helm.crossplane.io/v1beta1', 'Release', name, crossplane(chart)),
  },
  {
    title: 'Release of Crossplane, in a namespace',
    resource: 'releases.helm.m.crossplane.io',
    pin: ['spec', 'forProvider', 'chart', 'digest'],
    make: (name, chart) => object('helm.m.crossplane.io/v1beta1', 'Release', name, crossplane(chart)),
  },
  {
    title: 'HelmChartProxy of Cluster API',
    resource: 'helmchartproxies.addons.cluster.x-k8s.io',
    make: (name, chart) =>
      object('addons.cluster.x-k8s.io/v1alpha1', 'HelmChartProxy', name, {
        ...{ repoURL: folderOf(chart), chartName: chart.name, version: chart.version },
        clusterSelector: {},
      }),
  },
  {
    title: 'HelmReleaseProxy of Cluster API',
    resource: 'helmreleaseproxies.addons.cluster.x-k8s.io',
    make: (name, chart) =>
      object('addons.cluster.x-k8s.io/v1alpha1', 'HelmReleaseProxy', name, {
        ...{ repoURL: folderOf(chart), chartName: chart.name, version: chart.version },
        clusterRef: { name: 'x', namespace: 'x' },
      }),
  },
  {
    title: 'ClusterProfile of Sveltos',
    resource: 'clusterprofiles.config.projectsveltos.io',
    make: (name, chart) =>
      clusterObject('config.projectsveltos.io/v1beta1', 'ClusterProfile', name, sveltos(chart)),
  },
  {
    title: 'Profile of Sveltos',
    resource: 'profiles.config.projectsveltos.io',
    make: (name, chart) => object('config.projectsveltos.io/v1beta1', 'Profile', name, sveltos(chart)),
  },
  {
    title: 'ClusterPromotion of Sveltos',
    resource: 'clusterpromotions.config.projectsveltos.io',
    make: (name, chart) =>
      clusterObject('config.projectsveltos.io/v1beta1', 'ClusterPromotion', name, {
        profileSpec: sveltos(chart),
      }),
  },
  {
    title: 'ClusterSummary of Sveltos',
    resource: 'clustersummaries.config.projectsveltos.io',
    make: (name, chart) =>
      object('config.projectsveltos.io/v1beta1', 'ClusterSummary', name, {
        clusterProfileSpec: sveltos(chart),
      }),
  },
  {
    title: 'App of kapp',
    resource: 'apps.kappctrl.k14s.io',
    make: (name, chart) => object('kappctrl.k14s.io/v1alpha1', 'App', name, kapp(chart)),
  },
  {
    title: 'Package of kapp',
    resource: 'packages.data.packaging.carvel.dev',
    make: (name, chart) =>
      object('data.packaging.carvel.dev/v1alpha1', 'Package', name, {
        ...{ refName: 'app.example.com', version: '1.0.0' },
        template: { spec: kapp(chart) },
      }),
  },
];

const kapp = (chart: ChartPlace) => ({
  fetch: [
    {
      helmChart: {
        ...{ name: chart.name, version: chart.version },
        repository: { url: folderOf(chart) },
      },
    },
  ],
  template: [{ helmTemplate: {} }],
  deploy: [{ kapp: {} }],
});

const crossplane = (chart: ChartPlace) => ({
  forProvider: {
    chart: { repository: folderOf(chart), name: chart.name, version: chart.version },
    namespace: 'x',
  },
});

const sveltos = (chart: ChartPlace) => ({
  helmCharts: [
    {
      ...{ repositoryURL: folderOf(chart), repositoryName: 'r', chartName: chart.name },
      ...{ chartVersion: chart.version, releaseName: 'x', releaseNamespace: 'x' },
    },
  ],
});
