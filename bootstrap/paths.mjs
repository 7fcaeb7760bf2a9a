import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the clone. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
