import { plain, plains, present, textOf, type Conversion, type Plain } from './conversion.ts';

/** TrafficLog: MeshAccessLog, with the backend as the Mesh describes it. */
export function convertTrafficLog(conf: Plain, mesh: Plain | undefined): Conversion {
  return withBackend(conf, mesh, 'logging', (backend) => {
    const { address, path } = plain(backend['conf']);
    const format = textOf(backend['format']) === undefined ? {} : { format: { type: 'Plain', plain: backend['format'] } };
    if (backend['type'] === 'tcp') return [{ type: 'MeshAccessLog', place: 'to', conf: { backends: [{ type: 'Tcp', tcp: { address, ...format } }] } }];
    return [{ type: 'MeshAccessLog', place: 'to', conf: { backends: [{ type: 'File', file: { path, ...format } }] } }];
  });
}

/** TrafficTrace: MeshTrace, with the backend as the Mesh describes it. */
export function convertTrafficTrace(conf: Plain, mesh: Plain | undefined): Conversion {
  return withBackend(conf, mesh, 'tracing', (backend) => {
    const { sampling } = backend;
    const share = typeof sampling === 'number' ? { sampling: { overall: Number.isInteger(sampling) ? sampling : String(sampling) } } : {};
    return [{ type: 'MeshTrace', place: 'proxy', conf: { backends: [tracer(backend)], ...share } }];
  });
}

function tracer(backend: Plain): Plain {
  const { url, traceId128bit, apiVersion, sharedSpanContext, address, port, splitService } = plain(backend['conf']);
  if (backend['type'] === 'datadog') return { type: 'Datadog', datadog: present({ url: `http://${String(address)}:${String(port)}`, splitService }) };
  return { type: 'Zipkin', zipkin: present({ url, traceId128bit, apiVersion: apiVersion === 'httpJsonV1' ? 'httpJson' : apiVersion, sharedSpanContext }) };
}

/** Without a Mesh nothing can be said; a backend that it does not have is nobody's. */
function withBackend(conf: Plain, mesh: Plain | undefined, section: 'logging' | 'tracing', make: (backend: Plain) => Conversion['parts']): Conversion {
  if (mesh === undefined) return { parts: [], notes: [] };
  const { defaultBackend, backends } = plain(mesh[section]);
  const name = textOf(conf['backend']) ?? textOf(defaultBackend);
  const backend = plains(backends).find((one) => one['name'] === name);
  if (backend !== undefined) return { parts: make(backend), notes: [] };
  return { parts: [], notes: [name === undefined ? `the mesh has no default ${section} backend` : `${name} is no ${section} backend of the mesh`] };
}
