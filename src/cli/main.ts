#!/usr/bin/env node
/** The command `durable-entities`: connects the application to this process. */
import { NodeClock } from '../host/node-clock.js';
import { interrupted, runCommandLine } from './application.js';
import { exitCodes } from './cli-error.js';

const controller = new AbortController();
const { signal } = controller;

/** The first signal ends the command in good order, the second one at once. */
function stop(): void {
  if (signal.aborted) process.exit(exitCodes.interrupted);
  controller.abort(interrupted());
}

process.on('SIGINT', stop).on('SIGTERM', stop);
/** Whether the reader has gone: `durable-entities runs list --all | head`. Then the command ends, and that is no failure. */
let isUnread = false;
process.stdout.on('error', () => {
  isUnread = true;
  controller.abort(interrupted());
});
process.stderr.on('error', () => {});

const { stdout, stderr, env } = process;
const code = await runCommandLine(process.argv.slice(2), {
  // Made at the first use: few commands read it.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  env,
  cwd: process.cwd(),
  clock: new NodeClock(),
  signal,
});
process.exitCode = isUnread ? exitCodes.done : code;
// Ends requests that nobody waits for any more, such as the stream of a wait that timed out.
if (!signal.aborted) controller.abort(interrupted());
process.off('SIGINT', stop).off('SIGTERM', stop);
