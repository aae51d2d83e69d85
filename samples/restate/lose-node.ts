import { setTimeout } from 'node:timers/promises';
import { connectRestate } from 'durable-entities/restate';
import { Account } from '../bank/account.js';
import { transferMoney } from '../bank/transfer-money.js';
import { Load } from '../cluster/load.js';
import type { Node } from './nodes.js';

const inFlight = 16;

/** Moves money on three nodes, kills one of them under load, and compares every balance with the outcomes that the client received. */
export async function loseNode(nodes: readonly Node[], seconds: number): Promise<void> {
  const ingress = nodes.map((node) => node.ingress);
  await using client = await connectRestate({ ingress, register: [Account, transferMoney], hub: 'bank' });
  const load = new Load(client, inFlight);
  await load.open();
  const running = load.run();
  await setTimeout((seconds * 1_000) / 2);
  const before = load.outcomes.size;
  console.log(`${before} transfers. SIGKILL of node 3: the other two go on.`);
  await nodes.at(-1)?.kill();
  await setTimeout((seconds * 1_000) / 2);
  load.end();
  await running;
  console.log(`${load.outcomes.size - before} transfers without node 3.`);
  const wrong = await load.wrongAccounts();
  console.log(wrong === 0 ? 'The books are right.' : `The books are WRONG: ${wrong} accounts`);
  process.exitCode = wrong === 0 ? 0 : 1;
}
