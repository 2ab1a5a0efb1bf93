import type { DataplaneSpec } from '@weft/resource-model';
import type { InboundView, ProbesView } from './proxy-view.ts';

/**
 * Virtual probes of a Dataplane (`probes`): plain paths on a port of the proxy that lead to its workloads. An endpoint names its
 * inbound by the workload's port, or by the inbound's own; one that names none of them is left out. Undefined without probes.
 */
export function probesView({ probes }: DataplaneSpec, inbounds: readonly InboundView[]): ProbesView | undefined {
  if (probes?.port === undefined) return undefined;
  const routes = (probes.endpoints ?? []).flatMap(({ inboundPort, inboundPath = '/', path = '/' }) => {
    const inbound = inbounds.find(({ workload }) => workload.port === inboundPort) ?? inbounds.find(({ port }) => port === inboundPort);
    return inbound === undefined ? [] : [{ path, inboundPath, inbound: { address: inbound.address, port: inbound.port, name: inbound.name, workload: inbound.workload, service: inbound.service } }];
  });
  return { port: probes.port, routes };
}
