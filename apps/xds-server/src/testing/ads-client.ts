import { create, fromBinary, toBinary, type JsonObject } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ClientDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { NodeSchema } from '@weft/envoy-proto/envoy/config/core/v3/base_pb.js';
import { DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema, DiscoveryRequestSchema } from '@weft/envoy-proto/envoy/service/discovery/v3/discovery_pb.js';
import { rawStreams } from '@weft/grpc-transport';
import { SimulatedEnvoy, type Variant } from '@weft/xds-core/testing';

const METHODS = rawStreams('envoy.service.discovery.v3.AggregatedDiscoveryService', ['StreamAggregatedResources', 'DeltaAggregatedResources']);

/** What a client says of itself. */
export interface AdsClientOptions {
  readonly variant?: Variant;
  readonly secrets?: readonly string[];
  readonly token?: string;
  readonly metadata?: JsonObject;
  /** The whole id of the node; `default.<name>` where absent. */
  readonly nodeId?: string;
}

/** A simulated Envoy of mesh `default` over a real gRPC stream on TLS. */
export class AdsClient {
  readonly envoy: SimulatedEnvoy;
  /** Responses refused from now on. */
  refusing = false;
  /** The status with which the stream ended. */
  ended: StatusObject | undefined;
  /** Resources received on the present stream: `type url/name`. */
  received: string[] = [];
  /** Secrets received (delta), by name: the encoded message. */
  readonly secretBodies = new Map<string, Uint8Array>();
  readonly #name: string;
  readonly #options: AdsClientOptions;
  #client: Client | undefined;
  #call: ClientDuplexStream<Uint8Array, Uint8Array> | undefined;

  constructor(name: string, options: AdsClientOptions = {}) {
    this.#name = name;
    this.#options = options;
    this.envoy = new SimulatedEnvoy(options.variant ?? 'delta', options.secrets ?? []);
  }

  /** Opens a stream (another one, where it was connected before, with all that it holds). */
  connect(port: number, caPem: string): void {
    this.close();
    this.ended = undefined;
    this.received = [];
    const method = METHODS[this.envoy.variant === 'delta' ? 'DeltaAggregatedResources' : 'StreamAggregatedResources'];
    if (method === undefined) throw new Error('no such method');
    this.#client = new Client(`localhost:${port}`, credentials.createSsl(Buffer.from(caPem)), { 'grpc.use_local_subchannel_pool': 1 });
    const metadata = new Metadata();
    if (this.#options.token !== undefined) metadata.set('authorization', this.#options.token);
    const call = this.#client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, metadata) as ClientDuplexStream<Uint8Array, Uint8Array>;
    this.#call = call;
    call.on('error', () => undefined);
    call.on('status', (status: StatusObject) => {
      if (this.#call === call) this.ended = status;
    });
    call.on('data', (bytes: Uint8Array) => this.#receive(bytes));
    this.envoy.connect();
    this.#flush(this.#node());
  }

  /** Sends bytes as they are. */
  sendRaw(bytes: Uint8Array): void {
    this.#call?.write(bytes);
  }

  close(): void {
    this.#call?.cancel();
    this.#call = undefined;
    this.#client?.close();
  }

  #receive(bytes: Uint8Array): void {
    if (this.envoy.variant === 'delta') {
      const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
      for (const { name, resource } of response.resources) {
        this.received.push(`${response.typeUrl.split('.').at(-1) ?? ''}/${name}`);
        if (response.typeUrl.endsWith('Secret') && resource !== undefined) this.secretBodies.set(name, resource.value);
      }
    }
    this.envoy.receive(bytes, this.refusing);
    this.#flush();
  }

  /** Requests of the simulated Envoy; the node goes before the first one (concatenation merges protobuf messages). */
  #flush(node?: Uint8Array): void {
    this.envoy.outbox.splice(0).forEach((bytes, at) => this.#call?.write(node !== undefined && at === 0 ? Buffer.concat([node, bytes]) : bytes));
  }

  #node(): Uint8Array {
    const node = create(NodeSchema, { id: this.#options.nodeId ?? `default.${this.#name}`, cluster: 'web', metadata: { 'dataplane.proxyType': 'dataplane', ...this.#options.metadata } });
    return this.envoy.variant === 'delta'
      ? toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { node }))
      : toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { node }));
  }
}
