import { MeshError } from '@weft/kernel';

/** Runs a part of an operation; its errors get the title, unless a part within gave one already. */
export async function titled<T>(title: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (caught) {
    const error = MeshError.from(caught);
    if (operationOf(error) !== undefined) throw error;
    throw new MeshError(error.code, error.message, { violations: error.violations, details: { ...error.details, title }, cause: error.cause ?? error });
  }
}

/** An error about one parameter, as the API reports it. */
export function invalidParameter(path: string, message: string, detail = 'Resource is not valid'): MeshError {
  return new MeshError('resource/invalid', detail, { violations: [{ path, message }] });
}

function operationOf(error: MeshError): string | undefined {
  const title = error.details['title'];
  return typeof title === 'string' ? title : undefined;
}
