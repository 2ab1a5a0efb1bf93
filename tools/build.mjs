// `npm run build`: packages, generated code, bundles.
import { prepare } from './prepare.mjs';

await prepare();
