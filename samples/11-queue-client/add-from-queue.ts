import { EntityId, type DurableClient } from 'durable-entities'; // in your program: from 'durable-entities'
import type { FileQueue, QueueMessage } from './file-queue.js';

export const counterId = new EntityId('Counter', 'myCounter');

/** One message, one signal: however often the message is delivered, because its id is the signal's `requestId`. */
async function addFromQueue(client: DurableClient, { id, text }: QueueMessage): Promise<void> {
  await client.signalEntity(counterId, 'add', Number(text), { requestId: `numbers/${id}` });
}

/** Empties the queue; `onSignalled` is called between a signal and its acknowledgement: the worst moment to die. */
export async function drain(
  queue: FileQueue,
  client: DurableClient,
  onSignalled: (message: QueueMessage) => void,
): Promise<void> {
  for await (const message of queue.receive()) {
    if (!/^-?\d+$/.test(message.text)) {
      console.log(`  message ${message.id} is no number: refused`);
      await queue.refuse(message);
      continue;
    }
    await addFromQueue(client, message);
    onSignalled(message);
    // Only now: the signal is durable, so the message is not needed any more.
    await queue.acknowledge(message);
  }
}
