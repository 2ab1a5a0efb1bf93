import { hostname } from 'node:os';
import { policiesDocument, resourcesDocument } from '@weft/api-contract';
import { MeshError } from '@weft/kernel';
import { displayNameOf, KUMA_VERSION, parseKri } from '@weft/resource-model';
import { demand, demandType } from '../access/access.ts';
import { isFederatedZone } from '../config.ts';
import { okJson, type Verbs } from '../http/exchange.ts';
import { titled } from '../http/problem.ts';
import { configDocument } from './config-document.ts';
import type { ApiPorts } from './ports.ts';
import { isReadOnly } from './read-only.ts';
import { showInFormat } from './resource-reader.ts';

/** `GET /`: who this control plane is. Clients insist on product `Kuma` and a version of 2.14. */
export function indexVerbs(ports: ApiPorts): Verbs {
  return {
    GET: async () => {
      const id = await ports.store.get({ type: 'Config', mesh: '', name: 'kuma-cluster-id' });
      const { gui } = ports.config.apiServer;
      return okJson({
        clusterId: (id?.spec as { readonly config?: string } | undefined)?.config ?? '',
        gui: gui.enabled && !isFederatedZone(ports.config) ? gui.basePath : '',
        hostname: hostname(),
        instanceId: ports.instance,
        product: 'Kuma',
        version: KUMA_VERSION,
      });
    },
  };
}

/** `GET /who-am-i`. */
export const WHO_AM_I: Verbs = { GET: async ({ caller }) => okJson({ name: caller.name, groups: caller.groups }) };

/** `GET /config`: the configuration as it is in force, with secrets masked. */
export function configVerbs(ports: ApiPorts): Verbs {
  return {
    GET: async ({ caller }) => {
      demand(caller, ports.config.access.static.controlPlaneMetadata, 'control plane metadata');
      return okJson(configDocument(ports.config));
    },
  };
}

/** `GET /policies`: sorted by name. */
export function policiesVerbs({ registry, site }: ApiPorts): Verbs {
  return { GET: async () => okJson(policiesDocument(registry, (type) => isReadOnly(type, site))) };
}

/** `GET /_resources`: every type of the API, sorted by name; `kumactl export` is driven by it. */
export function resourceTypesVerbs({ registry, site }: ApiPorts): Verbs {
  return { GET: async () => okJson(resourcesDocument(registry, (type) => isReadOnly(type, site))) };
}

/** `GET /_kri/{kri}`: a resource by its identifier. */
export function kriVerbs(ports: ApiPorts): Verbs {
  return {
    GET: ({ params, caller, query }) => titled('Could not retrieve a resource', async () => {
      const kri = parseKri(params['kri'] ?? '');
      const type = kri.ok ? ports.registry.byShortName(kri.value.shortName) : undefined;
      if (!kri.ok || type === undefined) throw new MeshError('request/invalid', `bad request: ${kri.ok ? `unknown short name "${kri.value.shortName}"` : kri.error}`);
      demandType(caller, ports.config.access.static, type);
      const { mesh, zone, name } = kri.value;
      const candidates = await ports.store.list(type.name, type.scope === 'Mesh' ? mesh : undefined);
      const resource = candidates.find((one) => displayNameOf(one) === name && (one.labels['kuma.io/zone'] ?? '') === zone);
      if (resource === undefined) throw new MeshError('store/not-found', `nothing has the KRI ${params['kri'] ?? ''}`);
      return okJson(await showInFormat(ports, type, { resource, caller, query }));
    }),
  };
}
