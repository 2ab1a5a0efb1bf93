import type { ProxyClient, ProxyKey, SecretRef } from '@weft/proxy-view';
import type { Change, Resource } from '@weft/resource-model';
import type { ChangedNames, ProxySnapshot } from '@weft/xds-core';

/** What a proxy is to have now. `snapshot.sds` is empty: secrets are made outside the core from `secrets`. */
export interface ProxyConfig {
  readonly snapshot: ProxySnapshot;
  readonly secrets: readonly SecretRef[];
  /** Resources that failed our own checks and were replaced by their last good version, with the reason. */
  readonly problems: readonly { readonly resource: string; readonly reason: string }[];
}

/** A new config of one proxy, and what differs from the one before. */
export interface ProxyUpdate {
  readonly proxy: ProxyKey;
  /** Undefined where the proxy's Dataplane or mesh does not exist, or its first config is still being built. */
  readonly config: ProxyConfig | undefined;
  readonly changed: ChangedNames;
  /** Why there is no config although the Dataplane exists: its MeshIdentity cannot name it. */
  readonly refusal?: string;
  /** Why nothing new could be built: a defect of ours. The proxy keeps what it has; the next change that concerns it is the next attempt. */
  readonly defect?: string;
  /**
   * Id of another certificate that the proxy is to present once its peers know of it. Give them time to take in what
   * came before, then call {@link ConfigEngine.release}; until then the proxy presents the one that it has.
   */
  readonly handover?: string;
}

/**
 * Resources in, configs of connected proxies out. Pure: no I/O, no clock. Work is cut into steps so that the shell
 * decides how long it computes at a stretch: `load`, `apply`, `connect` only mark what is due, `next` builds the config
 * of one due proxy (all endpoint-only updates of one service count as cheap steps too).
 */
export interface ConfigEngine {
  /** Replaces everything known (a snapshot of the feed); due: every connected proxy. */
  load(resources: Iterable<Resource>): void;
  /** Applies changes in revision order; due: only the proxies that they can concern. Applying one twice does nothing. */
  apply(changes: readonly Change[]): void;
  /** A proxy has connected; due: this proxy. The newest client of a key replaces the older one. */
  connect(client: ProxyClient): void;
  /** A proxy has gone; its config is forgotten. */
  disconnect(proxy: ProxyKey): void;
  /**
   * Does the next step of what is due; undefined where nothing is. A step takes a few milliseconds at most: a proxy whose
   * group takes longer is returned several times, with nothing in `changed` (its config as before, at first undefined)
   * until it is done. A proxy without a Dataplane gives `config: undefined`.
   */
  next(): ProxyUpdate | undefined;
  /**
   * A group of outbounds is half built. Changes begin it anew, so whoever applies them all the time would never see it
   * done: apply the next ones when it is.
   */
  readonly building: boolean;
  /**
   * Whether every proxy of a service holds a certificate of the mesh's CA. Only PERMISSIVE meshes ask: they dial a
   * service in plaintext until told that it is ready. Due: the proxies that reach it.
   */
  setTlsReady(mesh: string, service: string, ready: boolean): void;
  /** The peers of a proxy know of its next certificate ({@link ProxyUpdate.handover}). Due: this proxy. */
  release(proxy: ProxyKey, credentials: string): void;
  /** The config last built for a connected proxy. */
  config(proxy: ProxyKey): ProxyConfig | undefined;
  /** What configs of a mesh are built from: enough for a second engine to build the same. */
  knowledge(mesh: string): EngineKnowledge;
  /** Counts since the start, for the guard of design §5 and for metrics. */
  readonly counters: EngineCounters;
  /** What is kept now. */
  readonly held: HeldByEngine;
}

/** All that an engine was told of one mesh. */
export interface EngineKnowledge {
  /** The own zone; default: it was not said. */
  readonly zone?: string;
  /** Domain of services by their tag; default: it was not said. */
  readonly serviceDomain?: string;
  readonly resources: readonly Resource[];
  /** Services of which {@link ConfigEngine.setTlsReady} said that they are ready. */
  readonly tlsReady: readonly string[];
}

/** Work done since the start. */
export interface EngineCounters {
  readonly viewsBuilt: number;
  readonly resourcesBuilt: number;
  readonly bytesEncoded: number;
  readonly updates: number;
}

/** How many things an engine keeps: connected proxies and groups of them, proxies that wait to be looked at, dataplanes of the feed and sets of their endpoints. */
export interface HeldByEngine {
  readonly proxies: number;
  readonly groups: number;
  readonly due: number;
  readonly dataplanes: number;
  readonly endpoints: number;
}
