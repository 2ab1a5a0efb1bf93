import { fromBinary } from '@bufbuild/protobuf';
import { ClusterLoadAssignmentSchema } from '@weft/envoy-proto/envoy/config/endpoint/v3/endpoint_pb.js';
import { DeltaDiscoveryResponseSchema } from '@weft/envoy-proto/envoy/service/discovery/v3/discovery_pb.js';
import { AdsClient } from '@weft/xds-server/testing';
import type { TestMesh } from '../harness/test-mesh.ts';

/** A response that a sidecar has acknowledged. */
export interface Acknowledged {
  /** `performance.now()` when the acknowledgement was given to the stream. */
  readonly at: number;
  /** The last part of its type URL. */
  readonly type: string;
  /** Of a ClusterLoadAssignment, by cluster: the sum of the weights of its endpoints. */
  readonly weights: ReadonlyMap<string, number>;
}

/** A simulated sidecar that speaks delta ADS, acknowledges everything, and says when. */
export class WatchedSidecar {
  readonly #client: AdsClient;
  readonly #waiting = new Set<(acknowledged: Acknowledged) => void>();

  private constructor(client: AdsClient) {
    this.#client = client;
    const { envoy } = client;
    const receive = envoy.receive.bind(envoy);
    envoy.receive = (bytes, refuse) => {
      receive(bytes, refuse);
      // The client writes what is in its outbox as soon as this returns.
      setImmediate(this.#tell.bind(this, bytes, performance.now()));
    };
  }

  /** Registers a Dataplane through the API of a zone and connects for it. */
  static async start(plane: TestMesh, { name, networking, caPem }: { readonly name: string; readonly networking: object; readonly caPem: string }): Promise<WatchedSidecar> {
    await plane.put({ type: 'Dataplane', name, networking });
    const token = await plane.api.issueToken('dataplane', { mesh: plane.mesh, name, validFor: '1h' });
    const client = new AdsClient(name, { token });
    const sidecar = new WatchedSidecar(client);
    client.connect(plane.ports.dp, caPem);
    return sidecar;
  }

  /** The first acknowledgement from now on that is meant. Rejects after 30 s, saying what the sidecar holds. */
  next(what: string, isMeant: (acknowledged: Acknowledged) => boolean): Promise<Acknowledged> {
    return new Promise((resolve, reject) => {
      const stop = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`not within 30 s: ${what}; ${this.#client.ended === undefined ? 'connected' : `ended: ${this.#client.ended.details}`}; it has ${Object.keys(this.#client.envoy.held('eds')).join(', ')}`));
      }, 30_000);
      const look = (acknowledged: Acknowledged): void => {
        if (!isMeant(acknowledged)) return;
        clearTimeout(stop);
        this.#waiting.delete(look);
        resolve(acknowledged);
      };
      this.#waiting.add(look);
    });
  }

  close(): void {
    this.#client.close();
  }

  #tell(bytes: Uint8Array, at: number): void {
    const { typeUrl, resources } = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const type = typeUrl.split('.').at(-1) ?? '';
    const weights = new Map<string, number>();
    if (type === 'ClusterLoadAssignment') for (const { resource } of resources) if (resource !== undefined) weights.set(...weightOf(resource.value));
    for (const look of this.#waiting) look({ at, type, weights });
  }
}

function weightOf(bytes: Uint8Array): readonly [cluster: string, weight: number] {
  const { clusterName, endpoints } = fromBinary(ClusterLoadAssignmentSchema, bytes);
  const weights = endpoints.flatMap(({ lbEndpoints }) => lbEndpoints.map(({ loadBalancingWeight }): number => loadBalancingWeight ?? 1));
  return [clusterName, weights.reduce((sum, weight) => sum + weight, 0)];
}
