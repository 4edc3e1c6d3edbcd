#!/usr/bin/env node
import { runProgram } from './program.ts';
import { terminal } from './terminal.ts';

void runProgram(process.argv.slice(2), terminal).then((status) => {
  process.exitCode = status;
});
