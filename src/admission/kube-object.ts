/** An object of Kubernetes as it comes out of JSON: of no known shape, and nothing in it is trusted. */
export type KubeObject = Readonly<Record<string, unknown>>;
