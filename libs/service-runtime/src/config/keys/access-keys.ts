import type { ConfigKey } from '../config-key.ts';

/** Keys of this part of the tree: path, variable without its prefix, kind, default (durations in ms). Source: Kuma 2.14. */
export const ACCESS_KEYS: readonly ConfigKey[] = [
  ['access.type', 'ACCESS_TYPE', 'text', 'static'],
  ['access.static.adminResources.users', 'ACCESS_STATIC_ADMIN_RESOURCES_USERS', 'list', ['mesh-system:admin']],
  ['access.static.adminResources.groups', 'ACCESS_STATIC_ADMIN_RESOURCES_GROUPS', 'list', ['mesh-system:admin']],
  ['access.static.generateDpToken.users', 'ACCESS_STATIC_GENERATE_DP_TOKEN_USERS', 'list', ['mesh-system:admin']],
  ['access.static.generateDpToken.groups', 'ACCESS_STATIC_GENERATE_DP_TOKEN_GROUPS', 'list', ['mesh-system:admin']],
  ['access.static.generateUserToken.users', 'ACCESS_STATIC_GENERATE_USER_TOKEN_USERS', 'list', ['mesh-system:admin']],
  ['access.static.generateUserToken.groups', 'ACCESS_STATIC_GENERATE_USER_TOKEN_GROUPS', 'list', ['mesh-system:admin']],
  ['access.static.generateZoneToken.users', 'ACCESS_STATIC_GENERATE_ZONE_TOKEN_USERS', 'list', ['mesh-system:admin']],
  ['access.static.generateZoneToken.groups', 'ACCESS_STATIC_GENERATE_ZONE_TOKEN_GROUPS', 'list', ['mesh-system:admin']],
  ['access.static.viewConfigDump.users', 'ACCESS_STATIC_GET_CONFIG_DUMP_USERS', 'list', []],
  ['access.static.viewConfigDump.groups', 'ACCESS_STATIC_GET_CONFIG_DUMP_GROUPS', 'list', ['mesh-system:unauthenticated', 'mesh-system:authenticated']],
  ['access.static.viewStats.users', 'ACCESS_STATIC_VIEW_STATS_USERS', 'list', []],
  ['access.static.viewStats.groups', 'ACCESS_STATIC_VIEW_STATS_GROUPS', 'list', ['mesh-system:unauthenticated', 'mesh-system:authenticated']],
  ['access.static.viewClusters.users', 'ACCESS_STATIC_VIEW_CLUSTERS_USERS', 'list', []],
  ['access.static.viewClusters.groups', 'ACCESS_STATIC_VIEW_CLUSTERS_GROUPS', 'list', ['mesh-system:unauthenticated', 'mesh-system:authenticated']],
  ['access.static.controlPlaneMetadata.users', 'ACCESS_STATIC_CONTROL_PLANE_METADATA_USERS', 'list', []],
  ['access.static.controlPlaneMetadata.groups', 'ACCESS_STATIC_CONTROL_PLANE_METADATA_GROUPS', 'list', ['mesh-system:unauthenticated', 'mesh-system:authenticated']],
];
