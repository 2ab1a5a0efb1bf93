import type { Document } from '@weft/api-client';
import type { ZoneState } from '../zones/zone-state.ts';
import type { Stranger } from '../zones/zone-view.ts';
import type { ProxySync } from '../receipts/show-syncs.ts';

/** How bad a finding is: an `error` breaks something now, a `warning` may. */
export type Severity = 'error' | 'warning';

/** Something that is not as it should be. */
export interface Finding {
  readonly severity: Severity;
  /** What and where. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

/** One thing that is looked at. Ids never change their meaning, and are listed in `docs/operating.md`. */
export interface Check<Facts> {
  /** `WEFT-<GROUP>-<number>`. */
  readonly id: string;
  readonly group: string;
  /** What is well where nothing is found. */
  readonly title: string;
  /** Where it says no, there is nothing to look at. Absent: everywhere. */
  readonly applies?: (facts: Facts) => boolean;
  readonly run: (facts: Facts) => Promise<readonly Finding[]> | readonly Finding[];
}

/** What the checks of a running control plane look at: documents of its API. */
export interface PlaneFacts {
  readonly nowMs: number;
  readonly clientVersion: string;
  /** `GET /`. */
  readonly index: Document;
  readonly config: Document;
  readonly meshes: readonly Document[];
  readonly dataplanes: readonly Document[];
  readonly syncs: readonly ProxySync[];
  /** Names of secrets and their data (base64); undefined where the caller may not read them. */
  readonly secrets: readonly Document[] | undefined;
  readonly globalSecrets: readonly Document[] | undefined;
  /** Documents of MeshService, MeshExternalService, MeshMultiZoneService and ExternalService. */
  readonly services: readonly Document[];
  /** Overviews of ZoneEgresses. */
  readonly egresses: readonly Document[];
  readonly permissions: readonly Document[];
  /** Policies, with how many dataplanes each selects. */
  readonly policies: readonly { readonly document: Document; readonly selected: number }[];
  /** Undefined where the server is no global control plane. */
  readonly multizone: ZoneFacts | undefined;
  /** In a zone of a global control plane: the zone, as its own control plane sees its link. */
  readonly ownZone: ZoneState | undefined;
}

/** The zones as a global control plane sees them. */
export interface ZoneFacts {
  readonly zones: readonly ZoneState[];
  readonly strangers: readonly Stranger[];
  /** Overviews of ZoneIngresses. */
  readonly ingresses: readonly Document[];
}

/** A check of a running control plane. */
export type PlaneCheck = Check<PlaneFacts>;

/** The zones that the server can speak of: all at a global control plane, itself in a zone that follows one; undefined elsewhere. */
export function zonesOf({ multizone, ownZone }: Pick<PlaneFacts, 'multizone' | 'ownZone'>): readonly ZoneState[] | undefined {
  return multizone?.zones ?? (ownZone && [ownZone]);
}

/** A text field of a document; empty where there is none. */
export function textOf(document: Document, field: string): string {
  const value = document[field];
  return typeof value === 'string' ? value : '';
}

/** Text or a number deep in a document, as text; the fallback where there is none. */
export function wordAt(document: unknown, path: readonly (string | number)[], fallback: string): string {
  const value = deep(document, ...path);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : fallback;
}

/** A value deep in a document; undefined where the path leads nowhere. */
export function deep(document: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Readonly<Record<string | number, unknown>>)[key] : undefined), document);
}
