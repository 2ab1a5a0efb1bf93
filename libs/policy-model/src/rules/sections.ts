import type { Violation } from '@weft/kernel';

/** The sections of a policy that has inbound rules. */
interface Sections {
  readonly to?: readonly unknown[];
  readonly from?: readonly unknown[];
  readonly rules?: readonly unknown[];
}

/** Policies with `from` and `rules`: exactly one of them. */
export function fromOrRules({ from = [], rules = [] }: Sections): readonly Violation[] {
  if (from.length > 0 && rules.length > 0) return [{ path: 'spec.from', message: "field 'from' must be empty when 'rules' is defined" }];
  return from.length === 0 && rules.length === 0 ? [{ path: 'spec', message: "at least one of 'from' or 'rules' has to be defined" }] : [];
}

/** Policies with `to`, `from` and `rules`: `rules` alone, or one or both of the others. */
export function toFromOrRules({ to = [], from = [], rules = [] }: Sections): readonly Violation[] {
  if (rules.length > 0) return to.length + from.length > 0 ? [{ path: 'spec', message: "fields 'to' and 'from' must be empty when 'rules' is defined" }] : [];
  return to.length + from.length === 0 ? [{ path: 'spec', message: "at least one of 'from', 'to' or 'rules' has to be defined" }] : [];
}
