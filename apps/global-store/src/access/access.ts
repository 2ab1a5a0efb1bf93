import { MeshError } from '@weft/kernel';
import type { ResourceType } from '@weft/resource-model';
import type { AccessList, StaticAccess } from '../config.ts';
import type { Caller } from './caller.ts';

/** Throws `auth/denied` where the caller is not on the list; `action` completes "cannot access". */
export function demand(caller: Caller, list: AccessList, action: string): void {
  if (isAllowed(caller, list)) return;
  throw new MeshError('auth/denied', `user "${caller.name}/${caller.groups.join(',')}" cannot access ${action}`);
}

/** Throws `auth/denied` where the type is for administrators and the caller is none. */
export function demandType(caller: Caller, access: StaticAccess, type: ResourceType): void {
  if (type.adminOnly === true) demand(caller, access.adminResources, `the resource of type "${type.name}"`);
}

/** Whether a list names the caller or one of the caller's groups. */
export function isAllowed(caller: Caller, list: AccessList): boolean {
  return list.users.includes(caller.name) || list.groups.some((group) => caller.groups.includes(group));
}
