import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { Bus } from '@weft/bus';
import { MeshError, type Clock } from '@weft/kernel';
import type { Logger } from '@weft/service-runtime';
import type { GlobalStoreConfig } from '../config.ts';
import { listenHttp, listenHttps, type Listening } from './listeners.ts';
import { givenCertificate, requestCertificate } from './server-certificate.ts';

/** The listeners of the API. */
export interface ApiListeners {
  /** `http` and, as soon as there is a certificate, `https`. */
  readonly addresses: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Listens on HTTP at once, and on HTTPS as soon as there is a certificate: at once where files were given, otherwise
 * when the ca-service has signed one (which may start later, and needs the store to do so).
 */
export async function startListeners(app: RequestListener, ports: { readonly config: GlobalStoreConfig; readonly bus: Bus; readonly clock: Clock; readonly log: Logger }): Promise<ApiListeners> {
  const { apiServer } = ports.config;
  const clientCaPem = clientCa(apiServer.https);
  const open: Listening[] = [];
  const addresses: Record<string, string> = {};
  const closing = new AbortController();
  const isClosing = (): boolean => closing.signal.aborted;
  const add = (role: string, listening: Listening): void => {
    open.push(listening);
    addresses[role] = listening.address;
  };
  const secure = async (): Promise<void> => {
    const certificate = givenCertificate(ports.config) ?? (await requestCertificate(ports, isClosing));
    if (certificate === undefined || isClosing()) return;
    const https = await listenHttps(app, { listener: apiServer.https, limits: apiServer, certificate, ...(clientCaPem !== undefined && { clientCaPem }) });
    add('https', https);
    if (isClosing()) return https.close();
    ports.log.info({ address: addresses['https'] }, 'the HTTP API listens on HTTPS');
  };
  if (apiServer.http.enabled) add('http', await listenHttp(app, apiServer.http, apiServer));
  // Its failure takes nothing from HTTP, but nobody may miss it.
  const securing = apiServer.https.enabled ? secure().catch((cause: unknown) => ports.log.error({ error: MeshError.from(cause).message }, 'HTTPS cannot be started')) : undefined;
  if (givenCertificate(ports.config) !== undefined) await securing;
  return {
    addresses,
    close: async () => {
      closing.abort();
      await Promise.all(open.map((one) => one.close()));
    },
  };
}

/** The CA whose clients alone are let in, where that is wanted. Throws `config/invalid`. */
function clientCa({ requireClientCert, tlsCaFile }: GlobalStoreConfig['apiServer']['https']): string | undefined {
  if (requireClientCert !== true) return undefined;
  if (tlsCaFile === undefined || tlsCaFile === '') throw new MeshError('config/invalid', 'apiServer.https.requireClientCert is on, but apiServer.https.tlsCaFile names no CA: set it to the file with the CA of the clients');
  try {
    return readFileSync(tlsCaFile, 'utf8');
  } catch (cause) {
    throw new MeshError('config/invalid', `apiServer.https.tlsCaFile: ${tlsCaFile} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
