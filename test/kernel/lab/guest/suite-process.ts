import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** All suites share one process: starting Node takes seconds in an emulated guest. */
for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
