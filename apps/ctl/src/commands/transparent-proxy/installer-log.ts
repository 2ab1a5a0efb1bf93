import type { Terminal } from '../../terminal.ts';

/** Where installing and uninstalling say what they do: comments on standard output, so that it stays valid input, warnings on standard error. */
export interface InstallerLog {
  say(text: string, program?: string): void;
  warn(text: string): void;
  /** As it is. */
  print(text: string): void;
}

/** Writes to a terminal in the form of kumactl 2.14. */
export function installerLog({ stdout, stderr }: Terminal): InstallerLog {
  return {
    say: (text, program) => void stdout.write(`# ${program === undefined ? '' : `[${program}] `}${text}\n`),
    warn: (text) => void stderr.write(`# [WARNING] ${text}\n`),
    print: (text) => void stdout.write(text),
  };
}
