import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from '@weft/api-client';
import { ensureEnvoy } from '@weft/envoy-binary';
import { TestProcess } from '../harness/processes.ts';
import { freePorts } from '../harness/test-mesh.ts';

const AGENT = join(import.meta.dirname, '..', '..', 'apps', 'dp-agent', 'dist', 'main.js');

/** An agent with its Envoy. */
export interface SplitProxy {
  readonly agent: TestProcess;
  /** Waits until Envoy has its configuration. */
  ready(): Promise<void>;
}

/** Which proxy, and where its DP server is. */
export interface SplitProxySpec {
  /** Of loopback. */
  readonly dpPort: number;
  /** Where its files go. */
  readonly folder: string;
  readonly name: string;
  /** Default: Dataplane. */
  readonly type?: 'Dataplane' | 'ZoneIngress';
  readonly networking: Document;
  /** Default: it shows none. */
  readonly token?: string;
}

/** Starts a proxy, of mesh `default` where it is a Dataplane; does not wait for it. */
export async function launchSplitProxy({ dpPort, folder, name, type = 'Dataplane', networking, token }: SplitProxySpec): Promise<SplitProxy> {
  const { path } = await ensureEnvoy({});
  const [readiness = 0] = await freePorts(1);
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ type, name, ...(type === 'Dataplane' && { mesh: 'default' }), networking }));
  const tokenFile = join(folder, `${name}.token`);
  if (token !== undefined) writeFileSync(tokenFile, token, { mode: 0o600 });
  const agent = new TestProcess(`weft-dp ${name}`, {
    args: [
      AGENT, 'run', `--cp-address=https://127.0.0.1:${dpPort}`, '--skip-verify', `--dataplane-file=${file}`, '--concurrency=1', '--drain-time=1s', `--work-dir=${join(folder, name)}`,
      ...(token === undefined ? [] : [`--dataplane-token-file=${tokenFile}`]), ...(type === 'ZoneIngress' ? ['--proxy-type=ingress'] : []),
    ],
    env: { ENVOY_PATH: path, KUMA_READINESS_PORT: String(readiness) },
  });
  return { agent, ready: () => agent.until('ready', () => fetch(`http://127.0.0.1:${readiness}/ready`).then(({ ok }) => ok, () => false)) };
}
