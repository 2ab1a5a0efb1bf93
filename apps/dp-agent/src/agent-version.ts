/** Version of Weft. */
export const WEFT_VERSION = '0.1.0';

/**
 * What the agent tells a control plane about itself. The version is that of the contract it keeps (Kuma 2.14), with Weft's own as
 * build metadata, so that a stock control plane judges its compatibility rightly.
 */
export const AGENT_VERSION = { version: `2.14.3+weft.${WEFT_VERSION}`, gitTag: `weft-${WEFT_VERSION}`, gitCommit: 'unknown', buildDate: 'unknown' } as const;
