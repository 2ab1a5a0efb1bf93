import type { Column } from '../../resource-type.ts';

/** Columns of `weftctl get`. */
export const DATAPLANE_COLUMNS: readonly Column[] = [];
