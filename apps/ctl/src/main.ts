import { runCli } from './program.ts';

// A reader that has seen enough (`weftctl get … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv, { env: process.env, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr });
