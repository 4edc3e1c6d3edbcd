#!/usr/bin/env node
import { processSystem } from './process-system.ts';
import { runProgram } from './program.ts';

// All output has been written, and exiting at once avoids the time spent freeing memory.
void runProgram(process.argv.slice(2), processSystem).then((status) => process.exit(status));
