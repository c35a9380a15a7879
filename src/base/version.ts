/** Version of this package, as in package.json (a test holds them together). Named in User-Agent and `chartseal version`. */
export const VERSION = '0.1.0';
