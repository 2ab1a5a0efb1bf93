import { createConfigEngine } from '@weft/config-pipeline';
import { consumeFeed } from '@weft/feed';
import { weftRegistry } from '@weft/policy-model';
import type { RunningApp } from '@weft/service-runtime';
import { runXdsServer, type XdsServerPorts } from './run-xds-server.ts';

/**
 * Starts the DP server: `POST /bootstrap`, ADS (delta and state of the world) and HDS on one TLS port, fed by the feed
 * of resources. Resolves once it listens, which takes a certificate from ca-service; `ready` once the feed was read.
 */
export async function startXdsServer(ports: XdsServerPorts): Promise<RunningApp> {
  const { bus, clock, log, config } = ports;
  return runXdsServer(ports, {
    engine: createConfigEngine({ types: (name) => weftRegistry.byName(name), zone: config.multizone.zone.name, serviceDomain: config.dnsServer.domain, zoneProxyMetrics: config.experimental.exposeZoneProxyMetrics }),
    random: Math.random,
    startFeed: (listener) => consumeFeed({
      bus, clock, log,
      onSnapshot: ({ resources }) => listener.load(resources),
      onChanges: (records) => {
        const last = records.at(-1);
        if (last !== undefined) listener.head(last.revision);
        listener.apply(records.map(({ change }) => change));
      },
      onHead: (revision) => listener.head(revision),
    }),
  });
}
