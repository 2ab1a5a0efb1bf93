import type { CliContext } from '../context.ts';
import { VERSION } from '../version.ts';

/** `weftctl version`: client and server. A server that cannot be reached is said, not an error. */
export async function version(context: CliContext, flags: { readonly detailed?: boolean }): Promise<void> {
  context.print(`Client: Weft ${VERSION}\n`);
  try {
    const index = await context.client().index();
    if (flags.detailed === true) return context.print(`Server: ${JSON.stringify(index, null, 3)}\n`);
    context.print(`Server: ${String(index['product'])} ${String(index['version'])}\n`);
  } catch (error) {
    context.warn(`Unable to connect to control plane: ${(error as Error).message}`);
  }
}
