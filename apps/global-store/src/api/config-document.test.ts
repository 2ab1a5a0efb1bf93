import { loadConfig } from '@weft/service-runtime';
import { expect, it } from 'vitest';
import { configDocument } from './config-document.ts';

it('shows durations as Go writes them and hides what may hold a password', () => {
  const { tree } = loadConfig({ env: { KUMA_STORE_POSTGRES_PASSWORD: 'hush', WEFT_STORE_REDIS_URL: 'redis://user:hush@db:6379', KUMA_API_SERVER_READ_TIMEOUT: '90s', WEFT_MULTIZONE_ZONE_KDS_TOKEN: 'hush' } });
  const document = configDocument(tree);
  expect(document).toMatchObject({
    mode: 'zone',
    environment: 'universal',
    store: { type: 'embedded', postgres: { password: '*****' }, redis: { url: '*****' } },
    apiServer: { readTimeout: '1m30s', idleTimeout: '2m0s', http: { port: 5681 } },
  });
  expect(JSON.stringify(document)).not.toContain('hush');
});
