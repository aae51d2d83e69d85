/** Ends a test run that does not end by itself: a server or a connection that a test has left open would keep `npm test` waiting for ever. */
import type { RootHookObject } from 'mocha';

const graceMs = 60_000;

export const mochaHooks: RootHookObject = {
  afterAll() {
    setTimeout(() => {
      const resources = [...new Set(process.getActiveResourcesInfo())].join(', ');
      console.error(`The tests have ended, and a minute later something still keeps the process: ${resources}.`);
      // The runner sets the exit code at the exit, to the number of failed tests.
      process.once('exit', () => (process.exitCode = 1));
      process.exit();
    }, graceMs).unref();
  },
};
