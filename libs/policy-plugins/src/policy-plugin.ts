import type { ChainDraft, ClusterDraft, EgressDraft, EnvoyResource, InboundDraft, OutboundDraft, TransparentProxyDraft } from '@weft/envoy-builders';
import type { DestinationView, InboundPolicyRules, ListenerProxy } from '@weft/proxy-view';
import type { Conf } from './conf.ts';

/** What a policy does to finished resources of any kind, and the origin under which it makes resources of its own. */
export interface FinishedChange {
  /**
   * The resources that take the place of these, which are all of one origin (`inbound`, `outbound`, `transparent`, …) and
   * may be changed. With the policy's own origin and no resources: those that it adds.
   */
  readonly change: (origin: string, resources: readonly EnvoyResource[]) => readonly EnvoyResource[];
  readonly additions: string;
}

/** One way through a listener of a Dataplane that passes connections on as they are, and the rules about it by policy type. */
export interface PassageDraft {
  readonly chain: ChainDraft;
  readonly rules: Readonly<Record<string, InboundPolicyRules>>;
  readonly proxy: ListenerProxy;
}

/** What one policy type does to drafts. It changes the draft's own messages, and reads its confs from the draft's view. */
export interface PolicyPlugin {
  /** Resource type, the key of its rules in the views. */
  readonly type: string;
  /** Runs for every inbound, also where no policy matches: some types have defaults of their own. */
  readonly inbound?: (draft: InboundDraft) => void;
  /** Runs for every outbound. */
  readonly outbound?: (draft: OutboundDraft) => void;
  /** Runs for every destination's cluster, and at an egress for that of a server outside. */
  readonly cluster?: (draft: ClusterDraft, view: DestinationView) => void;
  /** Runs for every way out of the mesh at an egress. */
  readonly egress?: (draft: EgressDraft) => void;
  /** Runs for every way into a zone through a listener of a Dataplane that policies are about. */
  readonly passage?: (draft: PassageDraft) => void;
  /** Runs for a proxy with redirection that such a policy matches. */
  readonly transparentProxy?: (draft: TransparentProxyDraft, conf: Conf) => void;
  /** Runs for all resources of a proxy that such a policy matches, after everything else. */
  readonly finished?: (conf: Conf) => FinishedChange;
}
