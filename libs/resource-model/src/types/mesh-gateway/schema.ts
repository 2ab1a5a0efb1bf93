import { DataSourceSchema } from '../../schema/data-source.ts';
import { anything, bool, list, object, opt, protoEnum, stringMap, text, uint32, type Static } from '../../schema/fields.ts';

const ListenerSchema = object({
  hostname: opt(text()),
  port: opt(uint32()),
  protocol: opt(protoEnum(['NONE', 'TCP', 'TLS', 'HTTP', 'HTTPS'], { numbers: [0, 1, 3, 4, 5], description: 'TCP, TLS, HTTP or HTTPS.' })),
  tls: opt(object({ mode: opt(protoEnum(['NONE', 'TERMINATE', 'PASSTHROUGH'])), certificates: opt(list(DataSourceSchema)), options: opt(anything()) })),
  tags: opt(stringMap()),
  crossMesh: opt(bool()),
  resources: opt(object({ connectionLimit: opt(uint32()) })),
});

/** Spec of MeshGateway. Source: Kuma 2.14. */
export const MeshGatewaySchema = object({
  selectors: opt(list(object({ match: stringMap() }))),
  tags: opt(stringMap()),
  conf: opt(object({ listeners: opt(list(ListenerSchema)) })),
});

/** Spec of MeshGateway. */
export type MeshGatewaySpec = Static<typeof MeshGatewaySchema>;
/** One listener of a gateway. */
export type MeshGatewayListener = Static<typeof ListenerSchema>;
