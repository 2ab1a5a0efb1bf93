import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureEnvoy } from '@weft/envoy-binary';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootstrapInput } from '../testing.ts';
import { buildBootstrap } from './build-bootstrap.ts';
import type { BootstrapInput } from './bootstrap-input.ts';

/** A self-signed certificate that is used nowhere: Envoy parses what it is to trust. */
const CA_PEM = `-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUZ8s6/fwSJZTYtcnynnCHrA5uKRIwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjEwNjA5NTdaGA8yMTI2MTAyODA2MDk1
N1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMxE
iTLPX1nvoZFhRWnpgf2dkFyCtpQ9GTY7kAbwbm1euto/3UiqmDVL6NIlIiT+Q+Zp
4kcPoMy6aloDA9/2NSGjUzBRMB0GA1UdDgQWBBQJK7bfO/AbwLzP9O34dcbL9TnH
CjAfBgNVHSMEGDAWgBQJK7bfO/AbwLzP9O34dcbL9TnHCjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQCCH2WW3LV+gTHOYDF0Yuz4Qmo0dp8RoxLk
hLLgHY0CngIgGq366CIQo4OMpw5XgYU8BGSbhiYa2Qv7CKI5HUUPdmY=
-----END CERTIFICATE-----
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-bootstrap-'));
  writeFileSync(join(folder, 'token'), 'header.claims.signature');
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each<[string, Partial<BootstrapInput>]>([
  ['a token in the request', { token: { kind: 'inline', token: 'header.claims.signature' } }],
  ['a token in a file', { token: { kind: 'file', path: '' }, delta: true }],
  ['no token, an address, a TCP admin port', { xds: { host: '127.0.0.1', port: 5678, caPem: CA_PEM }, admin: { address: '127.0.0.1', port: 19000 } }],
  ['unified names and metadata', { unifiedNaming: true, readinessPort: 9902, dynamicMetadata: { a: 'b' }, otelEnv: { pipeEnabled: true }, transparentProxy: { ipFamilyMode: 'IPv4' } }],
  ['a zone proxy', { mesh: '', proxyType: 'egress', service: undefined }],
])('Envoy accepts the bootstrap with %s', async (_, over) => {
  const token = over.token?.kind === 'file' ? { token: { kind: 'file' as const, path: join(folder, 'token') } } : {};
  const bootstrap = buildBootstrap(bootstrapInput({ xds: { host: 'cp.local', port: 5678, caPem: CA_PEM }, workdir: folder, ...over, ...token }));
  const file = join(folder, 'bootstrap.json');
  writeFileSync(file, JSON.stringify(bootstrap));
  const { path } = await ensureEnvoy();
  await expect(promisify(execFile)(path, ['--mode', 'validate', '-c', file, '-l', 'error'])).resolves.toBeDefined();
});
