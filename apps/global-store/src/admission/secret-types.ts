/** Whether a type's content lives in secret storage. */
export function isSecretType(type: string): boolean {
  return type === 'Secret' || type === 'GlobalSecret';
}
