import { object, oneOf, opt, stringMap, text } from '@weft/resource-model';

/** A reference to a MeshOpenTelemetryBackend, by name or labels. */
export const TelemetryBackendRefSchema = object({ kind: oneOf(['MeshOpenTelemetryBackend']), name: opt(text()), labels: opt(stringMap()) });
