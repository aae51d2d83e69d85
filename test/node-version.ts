/**
 * `npm run test:node -- 22`: runs the tests on another version of Node, which comes from the npm package `node-<platform>-<arch>`. More
 * arguments are the files of tests, as patterns; without any, all tests run, but those of better-sqlite3: its native part was built for the
 * version of Node that installed it.
 */
import { resolve } from 'node:path';
import { isNodeVersion, withNode, type OtherNode } from './other-node.js';

const [version = '', ...files] = process.argv.slice(2);
if (!isNodeVersion(version)) {
  console.error('Usage: npm run test:node -- VERSION [PATTERN…], for example: npm run test:node -- 24');
  process.exit(2);
}
process.exitCode = withNode(version, (node) => node !== undefined && test(node)) ? 0 : 1;

function test(node: OtherNode): boolean {
  const mocha = resolve('node_modules/mocha/bin/mocha.js');
  console.log('Tests of better-sqlite3 do not run: its native part is built for the Node that installed it.');
  const chosen = files.length > 0 ? files : ['dist/test/**/*.spec.js'];
  return node.run(['--version']) && node.run([mocha, '--grep', 'better-sqlite3', '--invert', ...chosen]);
}
