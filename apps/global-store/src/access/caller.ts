/** Who asks: a name and groups, as `GET /who-am-i` shows them. */
export interface Caller {
  readonly name: string;
  readonly groups: readonly string[];
}

export const UNAUTHENTICATED_GROUP = 'mesh-system:unauthenticated';
export const AUTHENTICATED_GROUP = 'mesh-system:authenticated';
export const ADMIN_GROUP = 'mesh-system:admin';

/** Nobody in particular. */
export const ANONYMOUS: Caller = { name: 'mesh-system:anonymous', groups: [UNAUTHENTICATED_GROUP] };

/** Whoever comes from the machine itself, where that is allowed. */
export const ADMIN: Caller = { name: 'mesh-system:admin', groups: [ADMIN_GROUP, AUTHENTICATED_GROUP] };
