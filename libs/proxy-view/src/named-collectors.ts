import type { MeshState } from '@weft/mesh-index';
import { withCollectors } from './collectors.ts';
import type { MatchedPolicies } from './matched-policies.ts';
import type { ProxyConfs } from './proxy-confs.ts';
import type { CollectorView, ProxyClient } from './proxy-view.ts';

/** What is sent to a collector. */
export type TelemetrySignal = 'traces' | 'logs' | 'metrics';

/** A MeshOpenTelemetryBackend that policies of a proxy refer to. */
export interface NamedCollector {
  readonly collector: CollectorView & { readonly name: string };
  readonly signals: readonly TelemetrySignal[];
}

/** Whether the agent takes Envoy's OpenTelemetry, and sends it on. */
export function forwardsTelemetry({ features, workdir }: Pick<ProxyClient, 'features' | 'workdir'>): boolean {
  return workdir !== '' && features.has('feature-otel-via-kuma-dp');
}

/** The backends that policies of a proxy refer to, in the order of their names. */
export function namedCollectors(mesh: MeshState, matched: MatchedPolicies, confs: ProxyConfs): readonly NamedCollector[] {
  const { policies = [], perInbound = [] } = matched.get('MeshAccessLog') ?? {};
  const logs = [...policies, ...perInbound.flat()].flatMap(({ to, from, rules }) => [...to, ...from, ...rules].map(({ conf }) => withCollectors('MeshAccessLog', conf, mesh)));
  const found = new Map<string, NamedCollector>();
  const add = (signal: TelemetrySignal, conf: unknown): void => {
    for (const collector of collectorsIn(conf)) {
      const known = found.get(collector.name);
      found.set(collector.name, { collector, signals: [...new Set([...known?.signals ?? [], signal])] });
    }
  };
  for (const conf of logs) add('logs', conf);
  add('traces', confs['MeshTrace']);
  add('metrics', confs['MeshMetric']);
  return [...found.keys()].sort().flatMap((name) => found.get(name) ?? []);
}

function collectorsIn(conf: unknown): NamedCollector['collector'][] {
  const { backends } = (conf ?? {}) as { readonly backends?: readonly { readonly openTelemetry?: { readonly collector?: CollectorView } }[] };
  return (Array.isArray(backends) ? backends : []).flatMap(({ openTelemetry }: { readonly openTelemetry?: { readonly collector?: CollectorView } }) => {
    const collector = openTelemetry?.collector;
    return collector?.name === undefined ? [] : [{ ...collector, name: collector.name }];
  });
}
