// `npm run bench:mesh`: starts a control plane in memory and drives it with the load generator meshload, once per mode.
// MESHLOAD names its binary. Figures are of this machine at this moment; docs/benchmarks.md says how to read them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

const meshload = process.env.MESHLOAD;
if (meshload === undefined) {
  console.error('Set MESHLOAD to the binary of the load generator meshload (built with `go build`).');
  process.exit(2);
}
const [proxies = '500', services = '50'] = process.argv.slice(2);
const modes = { 'sotw': [], 'delta': ['-delta'], 'sotw+mtls': ['-mtls'], 'delta+mtls': ['-delta', '-mtls'] };

await prepare();
for (const [label, flags] of Object.entries(modes)) await measure(label, flags);

/** One run of the load generator against a fresh control plane. */
async function measure(label, flags) {
  const workDir = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  const [api, dp, https, diagnostics, dns, mads] = await freePorts(6);
  const environment = {
    ...process.env, WEFT_GENERAL_WORK_DIR: workDir, WEFT_API_SERVER_HTTP_PORT: String(api), WEFT_API_SERVER_HTTPS_PORT: String(https),
    WEFT_DP_SERVER_PORT: String(dp), WEFT_DIAGNOSTICS_SERVER_PORT: String(diagnostics), WEFT_DNS_SERVER_PORT: String(dns),
    WEFT_MONITORING_ASSIGNMENT_SERVER_PORT: String(mads),
  };
  const plane = spawn(process.execPath, [join(root, 'apps', 'control-plane', 'dist', 'main.js'), 'run', '--store', 'memory', '--dp-auth', 'none'], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await answering(`http://127.0.0.1:${diagnostics}/ready`);
    console.log(`\n# ${label}: ${proxies} proxies, ${services} services`);
    const load = spawn(meshload, ['-api', `http://127.0.0.1:${api}`, '-xds', `127.0.0.1:${dp}`, '-proxies', proxies, '-services', services, '-pids', String(plane.pid), '-label', label, ...flags], { stdio: 'inherit' });
    await once(load, 'close');
  } finally {
    plane.kill('SIGTERM');
    if (plane.exitCode === null) await once(plane, 'close');
    rmSync(workDir, { recursive: true, force: true });
  }
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Waits until an address answers 200, at most 30 s. */
async function answering(url) {
  const end = Date.now() + 30_000;
  for (;;) {
    const up = await fetch(url).then((answer) => answer.ok, () => false);
    if (up) return;
    if (Date.now() > end) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
