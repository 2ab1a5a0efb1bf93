import type { Resource } from '@weft/resource-model';

/** What the feed tells of a secret's content: the keyed digest that was stored with it; empty where there is none. */
export function envelopeDigest({ status }: Resource): string {
  return (status as { readonly digest?: string } | undefined)?.digest ?? '';
}
