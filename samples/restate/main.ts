import { startBank } from './host.js';
import { moveMoney } from './client.js';
import { loseNode } from './lose-node.js';
import { startNodes } from './nodes.js';
import { readOptions } from './options.js';

const options = readOptions();
const own = options.server === undefined ? await startNodes(options.nodes) : undefined;
const nodes = options.server === undefined ? (own?.nodes ?? []) : [options.server];
const [first] = nodes;
if (first === undefined) {
  console.log(
    'No Restate server is installed. Run: npm install @restatedev/restate-server (or give --ingress and --admin)',
  );
  process.exit(1);
}
const ingress = nodes.map((node) => node.ingress);
const host = await startBank(ingress, first.admin, options.port);
if (own !== undefined && options.nodes === 3) await loseNode(own.nodes, options.seconds);
else await moveMoney(ingress);
await host.stop();
await own?.stop();
