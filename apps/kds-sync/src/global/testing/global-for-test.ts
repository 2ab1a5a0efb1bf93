import type { Bus } from '@weft/bus';
import { startForTest, TEST_CONFIG, type TestStore } from '@weft/global-store/testing';
import { Sensitive, type Clock } from '@weft/kernel';
import { PEER_FEATURES } from '@weft/kds-core';
import { openKdsLink, type KdsLink, type ZoneCall } from '@weft/kds-transport';
import type { RunningApp } from '@weft/service-runtime';
import { silentLogger } from '@weft/service-runtime/testing';
import type { KdsSyncConfig } from '../../kds-sync-config.ts';
import { startKdsSync } from '../../start-kds-sync.ts';

const STREAM = { maxMsgSize: 10_485_760, nackBackoff: 5000, labels: { skipPrefixes: [] }, stallTimeout: 60_000 };

/** Configuration of a global control plane on a free port of loopback, without TLS. */
export const GLOBAL_CONFIG: KdsSyncConfig = {
  mode: 'global',
  environment: 'universal',
  general: { workDir: '' },
  store: { type: 'memory' },
  multizone: {
    global: { kds: { ...STREAM, interface: '127.0.0.1', grpcPort: 0, tlsEnabled: false, tlsCertFile: '', tlsKeyFile: '', zoneHealthCheck: { pollInterval: 0, timeout: 0, closeStaleConn: false } } },
    zone: { name: '', globalAddress: '', kds: { ...STREAM, rootCaFile: '', tlsSkipVerify: false, token: '', tokenFile: '', retryBackoff: 50 } },
  },
  kds: { auth: 'none' },
  dpServer: { authn: { zoneProxy: { zoneToken: {} } } },
};

/** What a recorded stock zone says of itself with each call. */
export const STOCK_CALL: ZoneCall = { zone: 'zone-1', features: new Set(['zone-ping-health', 'hash-suffix']), version: '2.14.3' };

/** What a zone of Weft says. */
export const WEFT_CALL: ZoneCall = { zone: 'east', features: new Set(PEER_FEATURES), version: '2.14.3', identity: 'east-1' };

/** A global control plane without proxies: its store, API, and the server for zones. */
export interface GlobalForTest {
  readonly store: TestStore;
  readonly sync: RunningApp;
  /** Starts another replica on the same store and bus; closed at the end. `clock`: its own. */
  replica(instance: string, clock?: Clock): Promise<RunningApp>;
  /** Connects a zone; closed at the end. */
  link(call: ZoneCall, token?: string): KdsLink;
  close(): Promise<void>;
}

/** Starts one on memory ports, or on a bus of the test. */
export async function startGlobal(config: KdsSyncConfig = GLOBAL_CONFIG, ports: { readonly bus?: Bus } = {}): Promise<GlobalForTest> {
  const store = await startForTest({ config: { ...TEST_CONFIG, mode: 'global' }, ...ports });
  const { bus, clock } = store.ports;
  const syncs: RunningApp[] = [];
  const replica = async (instance: string, own = clock): Promise<RunningApp> => {
    const started = await startKdsSync({ config, bus, clock: own, log: silentLogger, instance });
    syncs.push(started);
    await started.ready;
    return started;
  };
  const sync = await replica('global-1');
  const links: KdsLink[] = [];
  return {
    store, sync, replica,
    link: (call, token) => {
      const link = openKdsLink({ address: sync.addresses['kds'] ?? '', tls: 'plain', call: token === undefined ? call : { ...call, token: new Sensitive(token) } });
      links.push(link);
      return link;
    },
    close: async () => {
      for (const link of links.splice(0)) link.close();
      await Promise.all(syncs.map((one) => one.close()));
      await store.app.close();
    },
  };
}
