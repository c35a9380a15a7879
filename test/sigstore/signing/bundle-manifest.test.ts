import { describe, expect, test } from 'vitest';
import { type Digest, MANIFEST_TYPES, parseManifest } from '../../../src/oci/index.ts';
import { BUNDLE_MEDIA_TYPE, bundleManifest } from '../../../src/sigstore/index.ts';
import { boxed } from '../../oci/box.ts';
import { REF } from '../../oci/support.ts';

// What cosign 3.1.3 put beside a chart.
const THEIRS =
  '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json"},"layers":[{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","size":2946,"digest":"sha256:4b0a3b214db7853c84dab03f0b0befb741af81246b333c0c7faf78151fecd32c"}],"annotations":{"dev.sigstore.bundle.content":"dsse-envelope","dev.sigstore.bundle.predicateType":"https://sigstore.dev/cosign/sign/v1","org.opencontainers.image.created":"2026-11-23T10:05:51Z"},"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":570,"digest":"sha256:4c36398655f986ad3d6ce1cadd4312669ec8423566bb658d4d361b185d734e05"},"artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json"}';

const digest = (hex: string) => `sha256:${hex}` as Digest;
const SUBJECT = digest('4c36398655f986ad3d6ce1cadd4312669ec8423566bb658d4d361b185d734e05');

describe('the manifest of a bundle', () => {
  test('is to the byte that of cosign', () => {
    const { manifest, mediaType } = bundleManifest({
      subject: { mediaType: MANIFEST_TYPES.image, size: 570, digest: SUBJECT },
      bundle: {
        size: 2946,
        digest: digest('4b0a3b214db7853c84dab03f0b0befb741af81246b333c0c7faf78151fecd32c'),
      },
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      at: Date.parse('2026-11-23T10:05:51.789Z'),
    });
    expect(new TextDecoder().decode(manifest)).toBe(THEIRS);
    expect(mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(parseManifest(manifest, mediaType)).toMatchObject({
      kind: 'image',
      artifactType: BUNDLE_MEDIA_TYPE,
    });
  });

  test.each([true, false])(
    'is found beside the chart; registry without referrers API: %s',
    async (noReferrers) => {
      const { registry, push, pull, chart } = await boxed();
      registry.quirks.noReferrers = noReferrers;
      const bundle = await push.putBlob(REF, new TextEncoder().encode('{"mediaType":"…"}'));
      const subject = { mediaType: MANIFEST_TYPES.image, size: 1, digest: chart.digest };
      const { manifest, mediaType, config } = bundleManifest({ subject, bundle, predicateType: 'x', at: 0 });
      await push.putBlob(REF, config);
      const { digest: attached } = await push.attachReferrer(REF, manifest, mediaType, chart.digest);
      const { entries } = await pull.listReferrers(REF, chart.digest);
      expect(entries).toMatchObject([
        {
          digest: attached,
          artifactType: BUNDLE_MEDIA_TYPE,
          annotations: {
            'dev.sigstore.bundle.content': 'dsse-envelope',
            'dev.sigstore.bundle.predicateType': 'x',
            'org.opencontainers.image.created': '1970-01-01T00:00:00Z',
          },
        },
      ]);
    },
  );
});
