import type { Column } from '../../resource-type.ts';

/** Columns of `weftctl get`. */
export const MESH_COLUMNS: readonly Column[] = [];
