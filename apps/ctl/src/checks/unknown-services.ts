import { deep, textOf, type PlaneCheck } from './check.ts';

/** An outbound to a service that nobody offers answers 503. */
export const unknownServices: PlaneCheck = {
  id: 'WEFT-SVC-001',
  group: 'Services',
  title: 'every outbound leads to a known service',
  run: ({ dataplanes, services }) => {
    const known = new Set([...dataplanes.flatMap(offered), ...services.flatMap((service) => [textOf(service, 'name'), deep(service, 'tags', 'kuma.io/service'), deep(service, 'labels', 'kuma.io/display-name')].map((name) => `${textOf(service, 'mesh')}/${String(name)}`))]);
    return dataplanes.flatMap((dataplane) => list(deep(dataplane, 'dataplane', 'networking', 'outbound')).flatMap((outbound) => {
      const service = deep(outbound, 'tags', 'kuma.io/service') ?? deep(outbound, 'backendRef', 'name');
      if (typeof service !== 'string' || known.has(`${textOf(dataplane, 'mesh')}/${service}`)) return [];
      return [{ severity: 'warning' as const, message: `${textOf(dataplane, 'mesh')}/${textOf(dataplane, 'name')} has an outbound to "${service}", which nobody offers`, hint: 'start that service, or take the outbound out of the Dataplane' }];
    }));
  },
};

function offered(dataplane: Parameters<typeof textOf>[0]): readonly string[] {
  const networking = deep(dataplane, 'dataplane', 'networking');
  const tags = [...list(deep(networking, 'inbound')), deep(networking, 'gateway')].map((source) => deep(source, 'tags', 'kuma.io/service'));
  return tags.map((service) => `${textOf(dataplane, 'mesh')}/${String(service)}`);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
