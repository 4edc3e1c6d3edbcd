#!/usr/bin/env node
import { runProgram } from './program.ts';
import { terminal } from './terminal.ts';

// All output has been written, and exiting at once saves freeing memory.
void runProgram(process.argv.slice(2), terminal).then((status) => process.exit(status));
