import type { ProxyConfig, ProxyUpdate } from '@weft/config-pipeline';
import { equalData, type Json } from '@weft/kernel';
import type { ProxyClient, ProxyKey } from '@weft/proxy-view';
import type { ChangedNames, ProxySnapshot } from '@weft/xds-core';
import type { Observation } from '../insights/observed-writer.ts';
import type { ProxyInsight } from '../insights/proxy-insight.ts';
import type { ProxySecrets } from '../leaf/proxy-secrets.ts';
import type { ProxyNode } from '../node/proxy-node.ts';

/** A stream as its proxy sees it. */
export interface SnapshotSink {
  push(snapshot: ProxySnapshot, changed?: ChangedNames): void;
  /** Ends the stream; the proxy is expected to come back. */
  end(reason: 'replaced' | 'deleted' | { readonly refusal: string }): void;
}

/** One proxy that is connected, or was a moment ago: its config, its secrets, what is observed of it. */
export class ConnectedProxy implements Observation {
  readonly key: ProxyKey;
  readonly secrets: ProxySecrets;
  readonly insight: ProxyInsight;
  #node: ProxyNode;
  #sink: SnapshotSink | undefined;
  #config: ProxyConfig | undefined;
  #snapshot: ProxySnapshot | undefined;

  constructor(node: ProxyNode, parts: { readonly secrets: ProxySecrets; readonly insight: ProxyInsight }) {
    this.key = node.key;
    this.#node = node;
    this.secrets = parts.secrets;
    this.insight = parts.insight;
  }

  get node(): ProxyNode {
    return this.#node;
  }

  get sink(): SnapshotSink | undefined {
    return this.#sink;
  }

  /** What the proxy is to have now, secrets included; undefined until it was first built. */
  get snapshot(): ProxySnapshot | undefined {
    return this.#snapshot;
  }

  /** The newest stream takes over; an older one, perhaps half-open, is ended. */
  attach(sink: SnapshotSink, node: ProxyNode): void {
    const older = this.#sink;
    this.#sink = sink;
    if (!sameClient(this.#node.client, node.client)) this.#forgetConfig();
    this.#node = node;
    older?.end('replaced');
  }

  /** True where the stream was the proxy's present one. */
  detach(sink: SnapshotSink): boolean {
    if (this.#sink !== sink) return false;
    this.#sink = undefined;
    this.#forgetConfig();
    return true;
  }

  /** A new config from the engine. */
  deliver({ config, changed, refusal }: ProxyUpdate): void {
    if (config === undefined && refusal !== undefined) {
      this.#forgetConfig();
      this.#sink?.end({ refusal });
      return;
    }
    if (config === undefined) {
      // Before the first config the Dataplane is still on its way through the feed.
      if (this.#config === undefined) return;
      this.#forgetConfig();
      this.#sink?.end('deleted');
      return;
    }
    // The engine is still at work on it.
    if (config === this.#config) return;
    const before = this.#config;
    this.#config = config;
    // Nearly every change leaves the references to secrets alone.
    const secretNames = before?.secrets === config.secrets ? undefined : this.secrets.update(config.secrets);
    this.#publish(before === undefined ? undefined : secretNames === undefined ? changed : { ...changed, sds: secretNames });
  }

  /** Secrets changed by themselves: a leaf was issued, a CA was exchanged. */
  secretsChanged(names: ReadonlySet<string>): void {
    if (names.size > 0) this.#publish({ sds: names });
  }

  /**
   * Somebody looks into the Envoy: resolves once its admin listener has a certificate, or nobody can give it one because the stream is
   * away. Throws what the signer throws, or `proxy/unreachable` where Envoy does not take it.
   */
  async openAdmin(): Promise<void> {
    await this.secrets.openAdmin();
    if (this.#sink !== undefined) await this.secrets.whenAdminTaken();
  }

  toJson(): Json {
    return this.insight.toJson(this.secrets.leaf);
  }

  #publish(changed: ChangedNames | undefined): void {
    if (this.#config === undefined) return;
    this.#snapshot = { ...this.#config.snapshot, sds: this.secrets.resources };
    this.#sink?.push(this.#snapshot, changed);
  }

  #forgetConfig(): void {
    this.#config = undefined;
    this.#snapshot = undefined;
  }
}

function sameClient(a: ProxyClient, b: ProxyClient): boolean {
  return equalData({ ...a, features: [...a.features] }, { ...b, features: [...b.features] });
}
