import type { Column } from '../../resource-type.ts';
import type { MeshSpec } from './schema.ts';

/** Columns of `weftctl get meshes`: mTLS (`off` or `type/backend`), LOCALITY and ZONEEGRESS (`on` or `off`). */
export const MESH_COLUMNS: readonly Column[] = [
  { header: 'mTLS', value: (document) => mtls(document) },
  { header: 'LOCALITY', value: (document) => onOff((document as MeshSpec).routing?.localityAwareLoadBalancing) },
  { header: 'ZONEEGRESS', value: (document) => onOff((document as MeshSpec).routing?.zoneEgress) },
];

function mtls(document: MeshSpec): string {
  const { enabledBackend, backends = [] } = document.mtls ?? {};
  const backend = backends.find(({ name }) => name === enabledBackend);
  return backend === undefined ? 'off' : `${backend.type}/${backend.name}`;
}

function onOff(value: boolean | undefined): string {
  return value === true ? 'on' : 'off';
}
