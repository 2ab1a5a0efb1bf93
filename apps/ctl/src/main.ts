import { runCli } from './program.ts';

process.exitCode = await runCli(process.argv, { env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr });
