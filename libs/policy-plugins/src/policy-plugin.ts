import type { ClusterDraft, InboundDraft, OutboundDraft } from '@weft/envoy-builders';
import type { DestinationView } from '@weft/proxy-view';

/** What one policy type does to drafts. It changes the draft's own messages, and reads its confs from the draft's view. */
export interface PolicyPlugin {
  /** Resource type, the key of its rules in the views. */
  readonly type: string;
  /** Runs for every inbound, also where no policy matches: some types have defaults of their own. */
  readonly inbound?: (draft: InboundDraft) => void;
  /** Runs for every outbound. */
  readonly outbound?: (draft: OutboundDraft) => void;
  /** Runs for every destination's cluster. */
  readonly cluster?: (draft: ClusterDraft, view: DestinationView) => void;
}
