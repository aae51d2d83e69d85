/** Brings everything that was begun to its end. */
import type { DurableClient } from '../../src/index.js';
import type { Sender } from './sender.js';
import { harms } from './workload.js';

export interface DrainOptions {
  readonly mayGoOn: () => boolean;
  /** Whether the engine sets messages aside, and suspends runs by itself. */
  readonly setAside: boolean;
}

/** Repeats what is open, sends again what was set aside, resumes what was suspended. */
export async function drain(client: DurableClient, senders: readonly Sender[], options: DrainOptions): Promise<void> {
  for (let asideSeen = true; asideSeen;) {
    await Promise.all(senders.map((sender) => sender.finish(options.mayGoOn)));
    asideSeen = options.setAside && (await endSetAside(client));
  }
}

async function endSetAside(client: DurableClient): Promise<boolean> {
  let seen = false;
  for await (const letter of client.deadLetters()) {
    seen = true;
    const isHarm = (harms as readonly string[]).includes(letter.operationName);
    await (isHarm ? client.deadLetters().discard(letter.id) : client.deadLetters().retry(letter.id));
  }
  for await (const { instanceId, name } of client.queryRuns({ runtimeStatus: ['suspended'] })) {
    seen = true;
    await client.run(name, instanceId).resume();
  }
  return seen;
}
