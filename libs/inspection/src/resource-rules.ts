import { compareText } from '@weft/kernel';
import { MESH_KEY, withSection, type CatalogItem, type ReferredKind, type ResourceRules } from '@weft/policy-engine';
import { inspectedConf } from './inspected-conf.ts';
import { originMeta, type InspectedProxy, type Meta } from './inspected-proxy.ts';

/** The merged confs for one resource, or one port of it. */
export interface InspectedResourceRule {
  readonly conf: readonly unknown[];
  readonly origin: readonly { readonly resourceMeta: Meta; readonly ruleIndex: number }[];
  /** The Mesh, where the rule is for everything. */
  readonly resourceMeta: Meta;
  /** Port; empty for the whole resource. */
  readonly resourceSectionName: string;
}

const KINDS: readonly ReferredKind[] = ['MeshService', 'MeshExternalService', 'MeshMultiZoneService', 'MeshHTTPRoute'];

/** Rules by resource, sorted by its name; rules about resources that do not exist are left out. */
export function resourceRules(proxy: InspectedProxy, type: string, rules: ResourceRules): readonly InspectedResourceRule[] {
  const items = itemsByKri(proxy);
  const all = [...rules].flatMap(([key, { conf, origins }]) => {
    const subject = key === MESH_KEY ? { resourceMeta: meshMeta(proxy), resourceSectionName: '' } : resourceSubject(proxy, key, items);
    return subject === undefined ? [] : [{
      conf: conf.map((one) => inspectedConf(type, one)),
      origin: origins.map((origin) => ({ resourceMeta: originMeta(proxy, origin), ruleIndex: origin.ruleIndex })),
      ...subject,
    }];
  });
  return all.sort((a, b) => compareText(a.resourceMeta.name, b.resourceMeta.name) || compareText(a.resourceSectionName, b.resourceSectionName));
}

/** Every resource that rules may be about, by its KRI. */
export function itemsByKri({ known: { mesh } }: InspectedProxy): ReadonlyMap<string, CatalogItem> {
  return new Map(KINDS.flatMap((kind) => mesh.list(kind).map((item) => [item.kri, item] as const)));
}

function meshMeta({ known: { mesh } }: InspectedProxy): Meta {
  return { labels: mesh.resource?.labels ?? {}, mesh: '', name: mesh.name, type: 'Mesh' };
}

function resourceSubject({ known: { mesh } }: InspectedProxy, key: string, items: ReadonlyMap<string, CatalogItem>): Pick<InspectedResourceRule, 'resourceMeta' | 'resourceSectionName'> | undefined {
  const item = items.get(withSection(key, ''));
  if (item === undefined) return undefined;
  return { resourceMeta: { labels: item.labels, mesh: mesh.name, name: item.name, type: item.kind }, resourceSectionName: key.slice(key.lastIndexOf('_') + 1) };
}
