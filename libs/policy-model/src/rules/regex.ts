import type { Violation } from '@weft/kernel';
import { RE2JS } from 're2js';

const PARSER_PREFIX = 'error parsing regexp: ';

/** A regular expression must be one of RE2, which Envoy uses (no look-around, no back-references): otherwise each proxy would refuse what holds it. */
export function regexViolations(path: string, expression: string): readonly Violation[] {
  try {
    RE2JS.compile(expression);
    return [];
  } catch (caught) {
    const reason = caught instanceof Error ? caught.message.replace(PARSER_PREFIX, '') : String(caught);
    return [{ path, message: `is no regular expression of RE2: ${reason}` }];
  }
}
