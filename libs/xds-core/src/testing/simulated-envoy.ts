import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema, DiscoveryRequestSchema, DiscoveryResponseSchema,
} from '@weft/envoy-proto/envoy/service/discovery/v3/discovery_pb.js';
import { TYPE_URLS, XDS_TYPES, type XdsType } from '../shared-resource.ts';

/** The two variants of ADS. */
export type Variant = 'delta' | 'sotw';

const TYPE_BY_URL = new Map(XDS_TYPES.map((type) => [TYPE_URLS[type], type]));

/** The type that a resource of another type refers to by its own name. */
const REFERENCES: Partial<Record<XdsType, XdsType>> = { cds: 'eds', lds: 'rds' };

interface TypeView {
  held: Map<string, string>;
  wanted: Set<string>;
  version: string;
  nonce: string;
}

/**
 * The xDS side of Envoy over sample resources (body `name@version`): asks for all clusters and listeners, for the
 * endpoints of each cluster and the routes of each listener under the same name, and for the secrets it is told to.
 */
export class SimulatedEnvoy {
  readonly variant: Variant;
  /** Clusters that were given and whose endpoints have not followed yet. */
  readonly warming = new Set<string>();
  /** Encoded requests on their way to the server. */
  outbox: Uint8Array[] = [];
  readonly #types: Record<XdsType, TypeView>;

  constructor(variant: Variant, secrets: readonly string[] = []) {
    this.variant = variant;
    const view = (): TypeView => ({ held: new Map(), wanted: new Set(), version: '', nonce: '' });
    this.#types = { cds: view(), eds: view(), lds: view(), rds: view(), sds: view() };
    this.#types.sds.wanted = new Set(secrets);
  }

  /** What it holds of a type: name to version. */
  held(type: XdsType): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#types[type].held].sort());
  }

  /** Opens a stream; what an earlier one brought is kept and told to the server. */
  connect(): void {
    this.outbox = [];
    for (const type of XDS_TYPES) {
      const view = this.#types[type];
      view.nonce = '';
      if (type === 'cds' || type === 'lds' || view.wanted.size > 0) this.#ask(type, { subscribe: [...view.wanted], first: true });
    }
  }

  /** Takes a response in; with `refuse` it keeps what it has. */
  receive(bytes: Uint8Array, refuse = false): void {
    if (this.variant === 'delta') this.#receiveDelta(bytes, refuse);
    else this.#receiveSotw(bytes, refuse);
  }

  #receiveDelta(bytes: Uint8Array, refuse: boolean): void {
    const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const type = TYPE_BY_URL.get(response.typeUrl) ?? 'cds';
    if (!refuse) {
      for (const { name, version } of response.resources) this.#hold(type, name, version);
      for (const name of response.removedResources) this.#drop(type, name);
    }
    this.outbox.push(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, {
      typeUrl: response.typeUrl, responseNonce: response.nonce, ...(refuse ? { errorDetail: { code: 13, message: `refused ${type}` } } : {}),
    })));
    if (!refuse) this.#follow(type);
  }

  #receiveSotw(bytes: Uint8Array, refuse: boolean): void {
    const response = fromBinary(DiscoveryResponseSchema, bytes);
    const type = TYPE_BY_URL.get(response.typeUrl) ?? 'cds';
    const view = this.#types[type];
    view.nonce = response.nonce;
    if (!refuse) {
      view.version = response.versionInfo;
      const entries = response.resources.map((any) => new TextDecoder().decode(any.value).split('@') as [string, string]);
      const names = new Set(entries.map(([name]) => name));
      for (const [name, version] of entries) this.#hold(type, name, version);
      if (REFERENCES[type] !== undefined) for (const name of [...view.held.keys()]) if (!names.has(name)) this.#drop(type, name);
    }
    this.#ask(type, { refuse });
    if (!refuse) this.#follow(type);
  }

  #hold(type: XdsType, name: string, version: string): void {
    const { held, wanted } = this.#types[type];
    if (REFERENCES[type] === undefined && !wanted.has(name)) return;
    if (type === 'cds' && held.get(name) !== version) this.warming.add(name);
    if (type === 'eds') this.warming.delete(name);
    held.set(name, version);
  }

  #drop(type: XdsType, name: string): void {
    this.#types[type].held.delete(name);
    if (type === 'cds') this.warming.delete(name);
  }

  /** Asks for what the resources now held refer to, and gives up the rest. */
  #follow(type: XdsType): void {
    const target = REFERENCES[type];
    if (target === undefined) return;
    const view = this.#types[target];
    const wanted = new Set(this.#types[type].held.keys());
    const subscribe = [...wanted].filter((name) => !view.wanted.has(name));
    const unsubscribe = [...view.wanted].filter((name) => !wanted.has(name));
    const first = view.wanted.size === 0 && view.nonce === '' && view.version === '';
    view.wanted = wanted;
    for (const name of unsubscribe) view.held.delete(name);
    if (subscribe.length + unsubscribe.length > 0 && !(first && wanted.size === 0)) this.#ask(target, { subscribe, unsubscribe });
  }

  #ask(type: XdsType, { subscribe = [], unsubscribe = [], refuse = false, first = false }: { subscribe?: string[]; unsubscribe?: string[]; refuse?: boolean; first?: boolean }): void {
    const view = this.#types[type];
    if (this.variant === 'delta') {
      this.outbox.push(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, {
        typeUrl: TYPE_URLS[type], resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe,
        initialResourceVersions: first ? Object.fromEntries(view.held) : {},
      })));
      return;
    }
    this.outbox.push(toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, {
      typeUrl: TYPE_URLS[type], resourceNames: [...view.wanted], responseNonce: view.nonce, versionInfo: view.version,
      ...(refuse ? { errorDetail: { code: 13, message: `refused ${type}` } } : {}),
    })));
  }
}
