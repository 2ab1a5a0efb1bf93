import { CommanderError } from 'commander';
import { MeshError } from '@weft/kernel';
import { createProgram } from './cli.ts';

try {
  await createProgram().parseAsync();
} catch (caught) {
  if (caught instanceof CommanderError) process.exitCode = caught.exitCode;
  else {
    const error = MeshError.from(caught);
    if (error.code === 'internal/bug') console.error(caught);
    console.error(`Error: ${error.message}`);
    process.exit(1);
  }
}
