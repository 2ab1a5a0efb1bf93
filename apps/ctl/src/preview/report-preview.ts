import type { Document } from '@weft/api-client';
import { MeshError } from '@weft/kernel';
import type { CliContext } from '../context.ts';
import { previewText, type Preview } from './preview-text.ts';

/**
 * Says on standard error which proxies the documents would change, and how; standard output is the documents'. A control plane that
 * is not there, or cannot tell, is no failure; one that would refuse a document is. Throws `resource/invalid` and the like.
 */
export async function reportPreview(context: CliContext, documents: readonly Document[]): Promise<void> {
  const asked = await context.client().send('POST', '/_preview', JSON.stringify({ resources: documents })).catch((caught: unknown) => MeshError.from(caught));
  if (asked instanceof MeshError) return context.warn(`WARNING: which proxies would change is not known: ${asked.message}`);
  const { status, body } = asked;
  if (status === 404 && body.startsWith('404')) return context.warn('WARNING: which proxies would change is not known: this control plane has no previews');
  if (status === 405) return context.warn('WARNING: which proxies would change is known in the zones, not here: ask the control plane of each with --dry-run');
  if (status !== 200) throw new MeshError('resource/invalid', `the control plane would refuse this: ${reasonOf(body)}`);
  const preview = JSON.parse(body) as Preview;
  for (const warning of preview.warnings) context.warn(`Warning: ${warning}`);
  context.warn(previewText(preview));
}

function reasonOf(body: string): string {
  try {
    const { title = '', detail = '', invalid_parameters: parameters = [] } = JSON.parse(body) as { title?: string; detail?: string; invalid_parameters?: { field: string; reason: string }[] };
    return `${title} (${detail})${parameters.map(({ field, reason }) => `\n* ${field}: ${reason}`).join('')}`;
  } catch {
    return body.trim();
  }
}
