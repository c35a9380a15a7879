export { askedFromReference } from './asked.ts';
export { type ManifestClaim, type ManifestMatch, matchManifest } from './match-manifest.ts';
export { type ChartShape, readShape } from './shape.ts';
export { compareAnnotations, compareConfig } from './unsigned.ts';
