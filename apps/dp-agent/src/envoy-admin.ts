import { request } from 'node:http';
import { parse } from 'yaml';

/** Where Envoy's admin API listens: a Unix socket, or a TCP address. */
export type AdminAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** An answer of the admin API. */
export interface AdminReply {
  readonly status: number;
  readonly body: string;
}

interface BootstrapAdmin {
  readonly admin?: { readonly address?: { readonly pipe?: { readonly path?: string }; readonly socketAddress?: { readonly address?: string; readonly portValue?: number } } };
}

/** Reads the admin address from Envoy's bootstrap (YAML, lowerCamelCase fields); undefined when it has none. */
export function adminAddress(bootstrap: string): AdminAddress | undefined {
  const address = (parse(bootstrap) as BootstrapAdmin | null)?.admin?.address;
  const socketPath = address?.pipe?.path;
  if (socketPath !== undefined) return { socketPath };
  const { address: host, portValue: port } = address?.socketAddress ?? {};
  return host === undefined || port === undefined ? undefined : { host, port };
}

/** Calls Envoy's admin API. Rejects when Envoy does not answer within 5 s. */
export function callAdmin(address: AdminAddress, method: 'GET' | 'POST', path: string): Promise<AdminReply> {
  return new Promise((resolve, reject) => {
    const call = request({ ...address, method, path, timeout: 5000, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error('Envoy admin does not answer')));
    call.on('error', reject);
    call.end();
  });
}
