import { beforeAll, describe, expect, it } from 'vitest';
import { type Config, emptyConfig } from '../../src/config/index.ts';
import { readKeyring } from '../../src/provenance/index.ts';
import { askHelmLogs } from '../../src/verification/ask-helm-logs.ts';
import type { VerifyTask } from '../../src/verification/index.ts';
import { fixture } from '../support/fixtures.ts';
import { ARCHIVE, accessOf, createHelmRekor, type HelmRekor, REKOR } from '../support/helm-log.ts';

let log: HelmRekor;
let config: Config;

beforeAll(async () => {
  log = await createHelmRekor();
  const keyring = await readKeyring(await fixture('keys/release.asc'));
  const own = { rekor: REKOR, root: log.root, require: true };
  const trust: Config['trust'] = new Map([
    ['release', { scheme: 'pgp', name: 'release', keyring, expiry: 'now', unsafeAllow: [], log: own }],
  ]);
  config = { ...emptyConfig({ registries: [] }), trust };
});

function ask(more: Partial<VerifyTask>) {
  const policy = { name: 'p', match: ['**'], require: { name: 'release' }, revision: '' };
  const policies = [{ policy, config, chosenBy: 'match' }];
  const session = { spendElsewhere: () => {} } as unknown as VerifyTask['session'];
  return askHelmLogs({ policies, session, ...more } as VerifyTask, ARCHIVE, config.limits);
}

describe('a log', () => {
  it('that nothing leads to was not asked, so nothing is known', async () => {
    const found = (await ask({})).get(REKOR);
    expect(found).toMatchObject({ ok: false, error: { code: 'sigstore.log_not_asked', retryable: false } });
  });

  it('that is not waited for any more ends the verification, so that nobody else is told', async () => {
    const controller = new AbortController();
    const services = accessOf(async () => {
      controller.abort();
      return new Promise<Response>(() => {});
    });
    await expect(ask({ services, signal: controller.signal })).rejects.toMatchObject({
      code: 'registry.cancelled',
      retryable: true,
    });
  });
});
