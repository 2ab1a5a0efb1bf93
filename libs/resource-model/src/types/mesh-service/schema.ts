import { Type } from '@sinclair/typebox';
import { list, object, oneOf, opt, stringMap, text, uint32, type Static } from '../../schema/fields.ts';

const TargetPort = Type.Unsafe<number | string>({ type: ['integer', 'string'], description: 'Inbound port by number or name; `port` where absent.' });
const PortSchema = object({ name: opt(text()), port: uint32(), targetPort: opt(TargetPort), appProtocol: opt(text({ default: 'tcp' })) });
const GeneratorRefSchema = object({ coreName: text() });

/** Spec of MeshService. Source: Kuma 2.14. */
export const MeshServiceSchema = object({
  state: opt(oneOf(['Available', 'Unavailable'], { description: 'Whether a healthy proxy serves it; computed.' })),
  selector: opt(object({
    dataplaneTags: opt(stringMap()),
    dataplaneRef: opt(object({ name: opt(text()) })),
    dataplaneLabels: opt(object({ matchLabels: opt(stringMap()) })),
  })),
  ports: opt(list(PortSchema)),
  identities: opt(list(object({ type: oneOf(['ServiceTag', 'SpiffeID']), value: text() }))),
});

const ConditionsSchema = list(object({ type: text(), status: text(), reason: text(), message: text() }));

/** What the status of every service with names holds: its names, and what each generator that selects it said. */
const NAMES = {
  addresses: opt(list(object({ hostname: text(), origin: oneOf(['HostnameGenerator', 'Kubernetes']), hostnameGeneratorRef: opt(GeneratorRefSchema) }))),
  hostnameGenerators: opt(list(object({ hostnameGeneratorRef: GeneratorRefSchema, conditions: opt(ConditionsSchema) }))),
};
const VipSchema = object({ ip: text() });

/** Status of MeshExternalService, written by the control plane. */
export const MeshExternalServiceStatusSchema = object({ vip: opt(object({ ip: opt(text()) })), ...NAMES });

/** Status of MeshMultiZoneService, written by the control plane; `meshServices` are those that it selects. */
export const MeshMultiZoneServiceStatusSchema = object({
  ...NAMES,
  vips: opt(list(VipSchema)),
  meshServices: opt(list(object({ name: text(), namespace: text(), zone: text(), mesh: text() }))),
  conditions: opt(ConditionsSchema),
});

/** Status of MeshService, written by the control plane. `conditions` of one of another zone tell where it cannot be reached, and why. */
export const MeshServiceStatusSchema = object({
  ...NAMES,
  vips: opt(list(VipSchema)),
  tls: opt(object({ status: opt(oneOf(['Ready', 'NotReady'])) })),
  dataplaneProxies: opt(object({ connected: opt(uint32()), healthy: opt(uint32()), total: opt(uint32()) })),
  conditions: opt(ConditionsSchema),
});

/** Spec of MeshService. */
export type MeshServiceSpec = Static<typeof MeshServiceSchema>;
/** One port of a MeshService. */
export type MeshServicePort = Static<typeof PortSchema>;
/** Status of MeshService. */
export type MeshServiceStatus = Static<typeof MeshServiceStatusSchema>;
/** Status of MeshExternalService. */
export type MeshExternalServiceStatus = Static<typeof MeshExternalServiceStatusSchema>;
/** Status of MeshMultiZoneService. */
export type MeshMultiZoneServiceStatus = Static<typeof MeshMultiZoneServiceStatusSchema>;
