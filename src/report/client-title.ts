import type { ClientPrediction } from '../base/evidence.ts';

const TITLES: Record<ClientPrediction['client'], string> = { helm: 'Helm', cosign: 'cosign' };

/** The heading over predictions: `What Helm and cosign would say`. */
export function clientTitle(clients: readonly ClientPrediction[]): string {
  return `What ${[...new Set(clients.map(({ client }) => TITLES[client]))].join(' and ')} would say`;
}
