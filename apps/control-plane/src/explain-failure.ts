import { MeshError } from '@weft/kernel';
import type { LoadedConfig } from '@weft/service-runtime';

/** Turns a failure of starting into words that say which key to change; what is not understood passes through. */
export function explainFailure(caught: unknown, loaded: LoadedConfig): MeshError {
  for (let error = caught; error instanceof Error; error = error.cause) {
    const { code, port, address } = error as NodeJS.ErrnoException & { readonly port?: number; readonly address?: string };
    if (code !== 'EADDRINUSE' && code !== 'EACCES') continue;
    const key = portKey(port, loaded);
    const why = code === 'EADDRINUSE' ? 'is in use by another process (perhaps another weft-cp)' : 'may not be opened by this user';
    const change = key === undefined ? 'stop that process' : `stop that process, or set ${key.path} (variable WEFT_${key.variable}) to another port`;
    return new MeshError('config/invalid', `port ${port ?? '?'} on ${address ?? 'this machine'} ${why}: ${change}`, { cause: caught });
  }
  return MeshError.from(caught);
}

const PORT_KEYS = [
  { path: 'apiServer.http.port', variable: 'API_SERVER_HTTP_PORT' },
  { path: 'apiServer.https.port', variable: 'API_SERVER_HTTPS_PORT' },
  { path: 'dpServer.port', variable: 'DP_SERVER_PORT' },
  { path: 'dnsServer.port', variable: 'DNS_SERVER_PORT' },
  { path: 'monitoringAssignmentServer.port', variable: 'MONITORING_ASSIGNMENT_SERVER_PORT' },
  { path: 'diagnostics.serverPort', variable: 'DIAGNOSTICS_SERVER_PORT' },
] as const;

function portKey(port: number | undefined, { values }: LoadedConfig): (typeof PORT_KEYS)[number] | undefined {
  return PORT_KEYS.find(({ path }) => values.get(path) === port);
}
