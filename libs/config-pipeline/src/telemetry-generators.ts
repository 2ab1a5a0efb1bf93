import { canonicalJson } from '@weft/kernel';
import { buildLogCollector, inboundLogCollectors, outboundLogCollectors } from '@weft/policy-plugins';
import type { CollectorView } from '@weft/proxy-view';
import type { GroupGenerator, ProxyGenerator, Unit } from './generator.ts';

const ORIGIN = 'mesh-access-log';

/** Clusters of the collectors that inbounds log to. */
export const ownLogCollectors: ProxyGenerator = {
  name: 'log collectors of inbounds',
  origin: ORIGIN,
  scope: 'proxy',
  units: ({ inbounds, unifiedNaming }) => inboundLogCollectors(inbounds).map((collector) => logCollector(collector, unifiedNaming)),
};

/** Clusters of the collectors that outbounds log to. */
export const sharedLogCollectors: GroupGenerator = {
  name: 'log collectors of outbounds',
  origin: ORIGIN,
  scope: 'group',
  * units({ outbounds }, { unifiedNaming }) {
    for (const collector of outboundLogCollectors(outbounds)) yield logCollector(collector, unifiedNaming);
  },
};

function logCollector(collector: CollectorView, unified: boolean): Unit {
  const key = `log collector ${canonicalJson(collector)} ${String(unified)}`;
  return { id: key, key, build: () => [buildLogCollector(collector, unified)] };
}
