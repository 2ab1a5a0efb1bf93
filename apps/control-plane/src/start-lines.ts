import type { ControlPlaneConfig } from './control-plane-config.ts';
import type { RunningControlPlane } from './start-control-plane.ts';

const ROLES: readonly (readonly [role: string, words: string])[] = [
  ['http', 'HTTP API'], ['https', 'HTTPS API'], ['dpServer', 'DP server (agents and Envoys)'], ['kds', 'zones (KDS)'], ['dns', 'DNS (UDP and TCP)'], ['mads', 'Prometheus discovery'], ['diagnostics', 'health and metrics'],
];

/** What a person reads once the control plane is ready: what runs, what listens where, what to do next. */
export function startLines(plane: RunningControlPlane, config: ControlPlaneConfig, startedInMs: number): readonly string[] {
  const { addresses } = plane;
  const width = Math.max(...ROLES.map(([, words]) => words.length));
  const listening = ROLES.flatMap(([role, words]) => (addresses[role] === undefined ? [] : [`  ${words.padEnd(width)}  ${urlOf(role, addresses[role], config)}`]));
  const http = addresses['http'];
  const next = http === undefined ? [] : [
    'Next:',
    `  npx weftctl config control-planes add --name mine --address ${urlOf('http', http, config)} --overwrite`,
    '  npx weftctl get meshes',
    config.mode === 'global'
      ? '  npx weftctl generate zone-token --zone <zone> --scope cp --valid-for 720h'
      : '  npx weftctl generate dataplane-token --mesh default --name <dataplane> --valid-for 24h',
  ];
  return [
    `Weft control plane is ready (${plane.apps.map(({ name }) => name).join(', ')}), ${(startedInMs / 1000).toFixed(1)} s after its start.`,
    ...listening,
    `  ${'resources are kept in'.padEnd(width)}  ${storePlace(config, plane)}`,
    ...next,
    'Stop it with Ctrl-C.',
  ];
}

function urlOf(role: string, address: string, { multizone }: Pick<ControlPlaneConfig, 'multizone'>): string {
  const reachable = address.replace(/^(0\.0\.0\.0|\[?::\]?):/, '127.0.0.1:');
  if (role === 'dns') return reachable;
  if (role === 'kds') return `${multizone.global.kds.tlsEnabled ? 'grpcs' : 'grpc'}://${reachable}`;
  const scheme = role === 'https' || role === 'dpServer' ? 'https' : 'http';
  return `${scheme}://${reachable}`;
}

function storePlace({ store }: ControlPlaneConfig, plane: RunningControlPlane): string {
  if (!plane.apps.some(({ name }) => name === 'global-store')) return 'another process';
  if (store.type === 'memory') return 'memory: they end with this process';
  return store.type === 'embedded' ? store.embedded.path : store.redis.url.replace(/\/\/[^@/]*@/, '//');
}
