import { anything, bool, list, object, opt, protoDuration, protoEnum, stringMap, text, uint32, type Static } from '../../schema/fields.ts';

const TagsSchema = stringMap({ description: 'Tags; a set that is not empty names kuma.io/service.' });

const ServiceProbeSchema = object({
  interval: opt(protoDuration()),
  timeout: opt(protoDuration()),
  unhealthyThreshold: opt(uint32()),
  healthyThreshold: opt(uint32()),
  tcp: opt(object({})),
});

const InboundSchema = object({
  port: opt(uint32({ description: 'Port that other proxies reach.' })),
  servicePort: opt(uint32({ description: 'Port of the application; `port` where absent.' })),
  serviceAddress: opt(text({ description: 'Address of the application; 127.0.0.1 where absent, or the dataplane address under redirection.' })),
  address: opt(text({ description: 'Address that other proxies reach; networking.address where absent.' })),
  tags: opt(TagsSchema),
  health: opt(object({ ready: opt(bool()) })),
  serviceProbe: opt(ServiceProbeSchema),
  state: opt(protoEnum(['Ready', 'NotReady', 'Ignored'])),
  name: opt(text()),
  protocol: opt(text()),
});

const OutboundBackendRefSchema = object({ kind: opt(text()), name: opt(text()), port: opt(uint32()), labels: opt(stringMap()) });
const OutboundSchema = object({ address: opt(text()), port: opt(uint32()), tags: opt(TagsSchema), backendRef: opt(OutboundBackendRefSchema) });
const GatewaySchema = object({ tags: opt(TagsSchema), type: opt(protoEnum(['DELEGATED', 'BUILTIN'])) });

const ReachableBackendRefSchema = object({ kind: opt(text()), name: opt(text()), namespace: opt(text()), port: opt(uint32()), labels: opt(stringMap()) });
const TransparentProxyingSchema = object({
  redirectPortInbound: opt(uint32()),
  redirectPortOutbound: opt(uint32()),
  directAccessServices: opt(list(text())),
  reachableServices: opt(list(text())),
  ipFamilyMode: opt(protoEnum(['UnSpecified', 'DualStack', 'IPv4', 'IPv6'])),
  reachableBackends: opt(object({ refs: opt(list(ReachableBackendRefSchema)) })),
});

const ListenerSchema = object({
  type: opt(protoEnum(['Unspecified', 'ZoneIngress', 'ZoneEgress'])),
  address: opt(text()),
  port: opt(uint32()),
  name: opt(text()),
  state: opt(protoEnum(['Ready', 'NotReady'])),
});

const NetworkingSchema = object({
  address: opt(text({ description: 'IP address or DNS name of the proxy.' })),
  advertisedAddress: opt(text({ description: 'Address that others use to reach the proxy, where it differs.' })),
  inbound: opt(list(InboundSchema)),
  outbound: opt(list(OutboundSchema)),
  gateway: opt(GatewaySchema),
  transparentProxying: opt(TransparentProxyingSchema),
  admin: opt(object({ port: opt(uint32()) })),
  listeners: opt(list(ListenerSchema)),
});

const ProbeEndpointSchema = object({ inboundPort: opt(uint32()), inboundPath: opt(text()), path: opt(text()) });

/** Spec of Dataplane. Source: Kuma 2.14. */
export const DataplaneSchema = object({
  networking: opt(NetworkingSchema),
  metrics: opt(object({ name: opt(text()), type: opt(text()), conf: opt(anything()) })),
  probes: opt(object({ port: opt(uint32()), endpoints: opt(list(ProbeEndpointSchema)) })),
});

/** Spec of Dataplane. */
export type DataplaneSpec = Static<typeof DataplaneSchema>;
/** `networking` of a Dataplane. */
export type DataplaneNetworking = Static<typeof NetworkingSchema>;
/** One `networking.inbound[]`. */
export type DataplaneInbound = Static<typeof InboundSchema>;
/** One `networking.outbound[]`. */
export type DataplaneOutbound = Static<typeof OutboundSchema>;
/** `networking.transparentProxying`. */
export type DataplaneTransparentProxying = Static<typeof TransparentProxyingSchema>;
/** One `networking.listeners[]`. */
export type DataplaneListener = Static<typeof ListenerSchema>;
