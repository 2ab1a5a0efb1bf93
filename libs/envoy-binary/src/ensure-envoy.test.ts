import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureEnvoy } from './ensure-envoy.ts';
import { ENVOY_VERSION } from './pinned-wheel.ts';

let home: string;
beforeEach(async () => { home = await mkdtemp(join(tmpdir(), 'weft-envoy-')); });
afterEach(() => rm(home, { recursive: true, force: true }));

/** A script that answers `--version` as Envoy does. */
async function fakeEnvoy(path: string, version = ENVOY_VERSION): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho\necho "$0  version: abc/${version}/Clean/RELEASE/BoringSSL"\n`);
  await chmod(path, 0o755);
  return path;
}

const noFetch = (): Promise<never> => Promise.reject(new Error('must not fetch'));

describe('ensureEnvoy', () => {
  it('takes ENVOY_PATH before PATH', async () => {
    const named = await fakeEnvoy(join(home, 'named', 'my-envoy'), '1.38.0');
    await fakeEnvoy(join(home, 'bin', 'envoy'));
    const found = await ensureEnvoy({ env: { ENVOY_PATH: named, PATH: join(home, 'bin') }, fetch: noFetch });
    expect(found).toEqual({ path: named, source: 'ENVOY_PATH', version: '1.38.0', build: 'abc/1.38.0/Clean/RELEASE/BoringSSL' });
  });

  it('refuses an ENVOY_PATH that names nothing, instead of silently taking another', async () => {
    await fakeEnvoy(join(home, 'bin', 'envoy'));
    await expect(ensureEnvoy({ env: { ENVOY_PATH: join(home, 'gone'), PATH: join(home, 'bin') }, fetch: noFetch }))
      .rejects.toMatchObject({ code: 'envoy/missing', message: expect.stringContaining('ENVOY_PATH') });
  });

  it('takes PATH before the cache, and the cache before a fetch', async () => {
    await fakeEnvoy(join(home, 'envoy', ENVOY_VERSION, 'envoy'));
    const onPath = await fakeEnvoy(join(home, 'bin', 'envoy'));
    expect(await ensureEnvoy({ env: { WEFT_HOME: home, PATH: join(home, 'bin') }, fetch: noFetch })).toMatchObject({ source: 'PATH', path: onPath });
    expect(await ensureEnvoy({ env: { WEFT_HOME: home, PATH: '' }, fetch: noFetch })).toMatchObject({ source: 'cache' });
  });

  it('refuses a file that is no Envoy', async () => {
    const path = join(home, 'envoy');
    await writeFile(path, '#!/bin/sh\necho hello\n');
    await chmod(path, 0o755);
    await expect(ensureEnvoy({ env: { ENVOY_PATH: path } })).rejects.toMatchObject({ code: 'envoy/missing', message: expect.stringContaining('hello') });
  });

  it('fetches once for several callers, and leaves no lock', async () => {
    let fetches = 0;
    const fetch = async (target: string): Promise<void> => {
      fetches += 1;
      await new Promise((resolve) => setImmediate(resolve));
      await fakeEnvoy(target);
    };
    const found = await Promise.all(Array.from({ length: 5 }, () => ensureEnvoy({ env: { WEFT_HOME: home, PATH: '' }, fetch })));
    expect(fetches).toBe(1);
    expect(found.map((one) => one.source).sort()).toEqual(['cache', 'cache', 'cache', 'cache', 'fetched']);
    expect(await readdir(join(home, 'envoy', ENVOY_VERSION))).toEqual(['envoy']);
  });

  it('takes over the lock of a process that is gone, and frees it when the fetch fails', async () => {
    const { stdout } = await promisify(execFile)('sh', ['-c', 'echo $$']);
    await mkdir(join(home, 'envoy', ENVOY_VERSION), { recursive: true });
    await writeFile(join(home, 'envoy', ENVOY_VERSION, '.lock'), stdout.trim());
    await expect(ensureEnvoy({ env: { WEFT_HOME: home, PATH: '' }, fetch: () => Promise.reject(new Error('offline')) })).rejects.toThrow('offline');
    expect(await readdir(join(home, 'envoy', ENVOY_VERSION))).toEqual([]);
  });
});
