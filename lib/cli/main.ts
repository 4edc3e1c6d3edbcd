#!/usr/bin/env node
import { runProgram } from './program.ts';
import { terminal } from './terminal.ts';

// Everything is written by now; ending at once saves tidying up memory that nobody will use.
void runProgram(process.argv.slice(2), terminal).then((status) => process.exit(status));
