import type { ProxySnapshot, SharedResource } from '@weft/xds-core';
import { LAYERS, type LayerType, type ServedLayers } from './layer.ts';
import { stacked } from './stacked-map.ts';

/** Layers read as one. Types whose layers are the same keep their map, so that readers see at once that nothing changed. */
export function snapshotOf(now: ServedLayers, before: { readonly layers: ServedLayers; readonly snapshot: ProxySnapshot | undefined }): ProxySnapshot {
  const mapOf = (type: LayerType): ReadonlyMap<string, SharedResource> => {
    const { layers, snapshot } = before;
    if (snapshot !== undefined && LAYERS.every((layer) => layers[layer][type] === now[layer][type])) return snapshot[type];
    return stacked(now.own[type], stacked(now.names[type], stacked(now.ingress[type], now.shared[type])));
  };
  return { sds: NO_SECRETS, cds: mapOf('cds'), eds: mapOf('eds'), lds: mapOf('lds'), rds: mapOf('rds') };
}

const NO_SECRETS: ProxySnapshot['sds'] = new Map();
