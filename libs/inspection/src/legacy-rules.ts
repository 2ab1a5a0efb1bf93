import { buildToRules, findSubsetRule, SERVICE_TAG, type SubsetRule } from '@weft/policy-engine';
import { outboundSpecs } from '@weft/proxy-view';
import { inspectedConf } from './inspected-conf.ts';
import { originMeta, originMetas, toRulesContext, wholeConf, type InspectedProxy, type InspectedType, type Meta } from './inspected-proxy.ts';
import { fromRules, subsetText } from './proxy-rules.ts';

type Tags = Readonly<Record<string, string>>;

/** One rule as the older `rules` endpoint tells it. */
export interface LegacyRule {
  /** Rules about clients of an inbound, about a destination, or about the proxy as a whole. */
  readonly type: 'ClientSubset' | 'DestinationSubset' | 'SingleItem';
  /** `address:port` of the inbound, or the service; for the proxy as a whole its name. */
  readonly name: string;
  /** Addresses under which a destination is reached. */
  readonly addresses: readonly string[];
  readonly service: string;
  readonly tags: Tags;
  readonly policyType: string;
  /** Tags of the other side that the rule is for. */
  readonly subset: Tags;
  readonly conf: unknown;
  readonly origins: readonly Meta[];
}

/** Every rule by tags, one by one: of each inbound, of each outbound, then of the proxy. */
export function legacyRules(proxy: InspectedProxy): readonly LegacyRule[] {
  return proxy.types.flatMap((type) => [...clientRules(proxy, type), ...destinationRules(proxy, type), ...singleRule(proxy, type)]);
}

function clientRules(proxy: InspectedProxy, type: InspectedType): readonly LegacyRule[] {
  const { entry } = proxy.known;
  const proxyAddress = entry.resource.spec.networking?.address ?? '';
  return entry.inbounds.flatMap(({ address = proxyAddress, port = 0, tags = {} }, index) => fromRules(type.name, type.perInbound[index] ?? []).map((rule) => ({
    type: 'ClientSubset' as const, name: `${address}:${port}`, addresses: [], service: tags[SERVICE_TAG] ?? '', tags, ...shown(proxy, type.name, rule),
  })));
}

function destinationRules(proxy: InspectedProxy, type: InspectedType): readonly LegacyRule[] {
  const { legacy } = buildToRules(type.name, type.policies, toRulesContext(proxy));
  return destinations(proxy).flatMap(({ service, addresses, tags }) => {
    const rule = findSubsetRule(legacy, { [SERVICE_TAG]: service });
    return rule === undefined ? [] : [{ type: 'DestinationSubset' as const, name: service, addresses, service, tags, ...shown(proxy, type.name, rule) }];
  });
}

/** Services by tag that the proxy has outbounds for, each with all addresses and names. */
function destinations({ sources: { index }, known: { mesh, class: proxies } }: InspectedProxy): readonly { readonly service: string; readonly addresses: readonly string[]; readonly tags: Tags }[] {
  const found = new Map<string, { readonly addresses: Set<string>; readonly tags: Tags }>();
  for (const { address, port, tags, hostnames, known: { target } } of outboundSpecs(index, mesh, proxies)) {
    if (target.kind !== 'tag') continue;
    const known = found.get(target.service) ?? { addresses: new Set<string>(), tags };
    for (const host of [...hostnames, address]) known.addresses.add(`${host}:${port}`);
    found.set(target.service, known);
  }
  return [...found].map(([service, { addresses, tags }]) => ({ service, addresses: [...addresses], tags }));
}

function singleRule(proxy: InspectedProxy, inspected: InspectedType): readonly LegacyRule[] {
  const { name, policies } = inspected;
  const conf = wholeConf(inspected);
  if (conf === undefined) return [];
  const origins = policies.map((policy) => originMeta(proxy, { resource: policy.key, kri: policy.kri, ruleIndex: 0 }));
  return [{ type: 'SingleItem', name: proxy.known.entry.resource.name, addresses: [], service: '', tags: {}, policyType: name, subset: {}, conf, origins }];
}

function shown(proxy: InspectedProxy, type: string, { conf, origins, subset }: SubsetRule): Pick<LegacyRule, 'policyType' | 'subset' | 'conf' | 'origins'> {
  return { policyType: type, subset: subsetText(subset), conf: inspectedConf(type, conf), origins: originMetas(proxy, origins) };
}
