// Generates gen/ (JavaScript and declarations) from the .proto files of this package. The result is not committed.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateOwnMessages } from '../../../tools/proto-modules.mjs';

generateOwnMessages(dirname(dirname(fileURLToPath(import.meta.url))), 'madsRegistry');
