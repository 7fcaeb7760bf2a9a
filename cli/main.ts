#!/usr/bin/env node
import { runCli } from './program.js';
import { processTerminal } from './terminal.js';

/** Entry of `penstock`, the command. */
process.exitCode = await runCli(process.argv.slice(2), processTerminal());
