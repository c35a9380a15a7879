export { createMemoryRegistry } from './create-memory-registry.ts';
export { createRegistryNetwork, type NetworkHost } from './create-registry-network.ts';
export { HELM_TYPES } from './push-chart.ts';
export type * from './types.ts';
