import { expect, test } from 'vitest';
import { oidc, startApp } from '../http/support.ts';

const WORKFLOW = 'acme/charts/.github/workflows/release.yml@refs/tags/*';

test.each([
  // A branch may be called "x@refs/tags/v1", a repository "acme/charts/.github…" under another owner cannot.
  'acme/charts/.github/workflows/release.yml@refs/heads/x@refs/tags/v1',
  'acme/charts/.github/workflows/release.yml@refs/tags/v1@refs/heads/x',
  'acme/charts/.github/workflows/release.yml@refs/tags/v1/x',
  'acme/charts/.github/workflows/release.yml@refs/tags/',
  'evil/acme/charts/.github/workflows/release.yml@refs/tags/v1',
  'acme/charts/.github/workflows/releaseXyml@refs/tags/v1',
  'ACME/charts/.github/workflows/release.yml@refs/tags/v1',
  ' acme/charts/.github/workflows/release.yml@refs/tags/v1',
  'acme/charts/.github/workflows/release.yml@refs/heads/x\nacme/charts/.github/workflows/release.yml@refs/tags/v1',
])('a claim that only resembles the glob is refused: %j', async (job_workflow_ref) => {
  const { issuer, whoIs } = await startApp({
    callers: { release: oidc({ job_workflow_ref: WORKFLOW }) },
    access: {},
  });
  expect(await whoIs(await issuer.token({ job_workflow_ref }))).toContain('those of no caller');
  expect(await whoIs(await issuer.token({ job_workflow_ref: WORKFLOW.replace('*', 'v1') }))).toBe('release');
});

test('claims with the names of what every object has are looked for in the token alone', async () => {
  const { issuer, whoIs } = await startApp({
    callers: { a: oidc({ constructor: '**', toString: '**' }) },
    access: {},
  });
  expect(await whoIs(await issuer.token())).toContain('those of no caller');
});
