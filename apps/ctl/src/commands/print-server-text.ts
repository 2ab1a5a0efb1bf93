import { MeshError } from '@weft/kernel';
import type { CliContext } from '../context.ts';

/** Prints what the server answers to a path, as it comes. `what` names it where the server does not serve the path. */
export async function printServerText(context: CliContext, path: string, what: string): Promise<void> {
  const text = await context.client().getText(path).catch((caught: unknown) => {
    throw unlessServed(caught, what);
  });
  context.print(text.endsWith('\n') ? text : `${text}\n`);
}

/** An error of the server, in plainer words where it does not know the path at all: then there is no document of the error. */
export function unlessServed(caught: unknown, what: string): MeshError {
  const error = MeshError.from(caught);
  return error.message.includes('404: Page Not Found') ? new MeshError('request/unsupported', `this control plane does not offer ${what}`, { cause: error }) : error;
}
