/** Whether an insight, of a proxy or a zone, has a subscription that goes on. */
export function isOnline(insight: unknown): boolean {
  const { subscriptions = [] } = (insight ?? {}) as { readonly subscriptions?: readonly { readonly connectTime?: string; readonly disconnectTime?: string }[] };
  return subscriptions.some((one) => one.connectTime !== undefined && one.disconnectTime === undefined);
}
