// Written by `chartseal bundle-config` before the Worker is bundled.
declare module '#worker-config' {
  export const bundledConfig: {
    /** What it is called in messages. */
    path: string;
    /** Text of chartseal.yaml. */
    text: string;
    /** The files it names, in base64 by the path written there. */
    files: Record<string, string>;
  };
}
