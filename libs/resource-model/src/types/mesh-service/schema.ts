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

/** Status of MeshService, written by the control plane. */
export const MeshServiceStatusSchema = object({
  addresses: opt(list(object({ hostname: text(), origin: oneOf(['HostnameGenerator', 'Kubernetes']), hostnameGeneratorRef: opt(GeneratorRefSchema) }))),
  vips: opt(list(object({ ip: text() }))),
  tls: opt(object({ status: opt(oneOf(['Ready', 'NotReady'])) })),
  hostnameGenerators: opt(list(object({
    hostnameGeneratorRef: GeneratorRefSchema,
    conditions: opt(list(object({ type: text(), status: text(), reason: text(), message: text() }))),
  }))),
  dataplaneProxies: opt(object({ connected: opt(uint32()), healthy: opt(uint32()), total: opt(uint32()) })),
});

/** Spec of MeshService. */
export type MeshServiceSpec = Static<typeof MeshServiceSchema>;
/** One port of a MeshService. */
export type MeshServicePort = Static<typeof PortSchema>;
/** Status of MeshService. */
export type MeshServiceStatus = Static<typeof MeshServiceStatusSchema>;
