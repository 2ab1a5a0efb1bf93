import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ClientDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { HealthStatus } from '@weft/envoy-proto/envoy/config/core/v3/health_check_pb.js';
import { HealthCheckRequestOrEndpointHealthResponseSchema, HealthCheckSpecifierSchema } from '@weft/envoy-proto/envoy/service/health/v3/hds_pb.js';
import { rawStreams } from '@weft/grpc-transport';

const METHOD = rawStreams('envoy.service.health.v3.HealthDiscoveryService', ['StreamHealthCheck'])['StreamHealthCheck'];
const MESSAGE = HealthCheckRequestOrEndpointHealthResponseSchema;

/** The HDS stream of a simulated Envoy of mesh `default`. */
export class HdsClient {
  /** Clusters of each specifier that came. */
  readonly specifiers: string[][] = [];
  /** The status with which the stream ended. */
  ended: StatusObject | undefined;
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Uint8Array, Uint8Array>;

  constructor(port: number, { caPem, token }: { readonly caPem: string; readonly token?: string }) {
    if (METHOD === undefined) throw new Error('no such method');
    this.#client = new Client(`localhost:${port}`, credentials.createSsl(Buffer.from(caPem)), { 'grpc.use_local_subchannel_pool': 1 });
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('authorization', token);
    this.#call = this.#client.makeBidiStreamRequest(METHOD.path, METHOD.requestSerialize, METHOD.responseDeserialize, metadata) as ClientDuplexStream<Uint8Array, Uint8Array>;
    this.#call.on('error', () => undefined);
    this.#call.on('status', (status: StatusObject) => (this.ended = status));
    this.#call.on('data', (bytes: Uint8Array) => this.specifiers.push(fromBinary(HealthCheckSpecifierSchema, bytes).clusterHealthChecks.map(({ clusterName }) => clusterName)));
  }

  /** The first message: who asks. */
  hello(name: string): void {
    const node = { id: `default.${name}`, metadata: { 'dataplane.admin.socketPath': '/run/admin.sock' } };
    this.sendRaw(toBinary(MESSAGE, create(MESSAGE, { requestType: { case: 'healthCheckRequest', value: { node } } })));
  }

  /** A report: clusters, and whether each is healthy. */
  report(clusters: Readonly<Record<string, boolean>>): void {
    const clusterEndpointsHealth = Object.entries(clusters).map(([clusterName, healthy]) => ({
      clusterName, localityEndpointsHealth: [{ endpointsHealth: [{ healthStatus: healthy ? HealthStatus.HEALTHY : HealthStatus.UNHEALTHY }] }],
    }));
    this.sendRaw(toBinary(MESSAGE, create(MESSAGE, { requestType: { case: 'endpointHealthResponse', value: { clusterEndpointsHealth } } })));
  }

  /** Sends bytes as they are. */
  sendRaw(bytes: Uint8Array): void {
    this.#call.write(bytes);
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }
}
