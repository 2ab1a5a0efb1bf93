import { startPlainServer, startSecureServer, type GrpcService } from '@weft/grpc-transport';
import { keepServerIdentity, readServerIdentity, requestServerIdentity, serverNames, type AppPorts, type ServerIdentity } from '@weft/service-runtime';
import type { KdsSyncConfig } from '../kds-sync-config.ts';

/** A server for zones. */
export interface Listening {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

const SECTION = 'multizone.global.kds';

/** Listens on `multizone.global.kds.grpcPort`, with the certificate that was given or one of the control plane's own CA. Rejects where the port cannot be bound. */
export async function listenForZones({ bus, clock, config, log }: AppPorts<KdsSyncConfig>, services: readonly GrpcService[]): Promise<Listening> {
  const { kds } = config.multizone.global;
  const options = {
    host: kds.interface || '0.0.0.0', port: kds.grpcPort, services, limits: { maxMessageBytes: kds.maxMsgSize },
    http: (_: unknown, response: { writeHead(code: number): { end(text: string): void } }) => response.writeHead(404).end('This port serves zone control planes (gRPC).\n'),
    onRejected: (reason: string) => log.debug({ reason }, 'a connection was turned away'),
  };
  if (!kds.tlsEnabled) {
    const server = await startPlainServer(options);
    return { address: `${server.host}:${server.port}`, close: () => server.close() };
  }
  const find = (): Promise<ServerIdentity> => (kds.tlsCertFile === '' ? requestServerIdentity({ bus, clock, log }, serverNames()) : readServerIdentity(SECTION, kds));
  const identity = await find();
  const server = await startSecureServer({ ...options, certificate: identity.certificate });
  const stopRenewal = keepServerIdentity(clock, identity, async () => {
    const renewed = await find();
    server.replaceCertificate(renewed.certificate);
    return renewed;
  });
  return {
    address: `${server.host}:${server.port}`,
    close: () => {
      stopRenewal();
      return server.close();
    },
  };
}
