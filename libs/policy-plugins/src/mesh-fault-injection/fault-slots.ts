import { create } from '@bufbuild/protobuf';
import { extension } from '@weft/envoy-builders';
import { packAny } from '@weft/envoy-proto';
import type { RouteConfiguration } from '@weft/envoy-proto/envoy/config/route/v3/route_pb.js';
import { HTTPFaultSchema, type HTTPFault } from '@weft/envoy-proto/envoy/extensions/filters/http/fault/v3/fault_pb.js';
import { HttpFilterSchema, type HttpFilter } from '@weft/envoy-proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';

/** Name of the filter of the first fault; further ones have a number behind it. */
export const FAULT = 'envoy.filters.http.fault';

/** Filters come in steps of so many, so that a fault more or less seldom changes the filter chain. */
const STEP = 4;

/** Filters for so many faults, at least {@link STEP}. They do nothing but where routes say so ({@link setFaults}), so that a changed fault changes no listener. */
export function faultFilters(faults: number): HttpFilter[] {
  const count = Math.max(1, Math.ceil(faults / STEP)) * STEP;
  return Array.from({ length: count }, (_, index) => create(HttpFilterSchema, { ...extension(slotName(index), HTTPFaultSchema, {}), disabled: true }));
}

/** Has the filters inject these faults, in this order. It counts from the next request on, on connections that are open too. */
export function setFaults(routes: RouteConfiguration, faults: readonly HTTPFault[]): void {
  for (const host of routes.virtualHosts) {
    for (const [index, fault] of faults.entries()) host.typedPerFilterConfig[slotName(index)] = packAny(HTTPFaultSchema, fault);
  }
}

function slotName(index: number): string {
  return index === 0 ? FAULT : `${FAULT}.${index + 1}`;
}
