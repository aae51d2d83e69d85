import { EntityId, type DurableClient } from 'durable-entities';
import type { FileQueue, QueueMessage } from './file-queue.js';

export const counterId = new EntityId('Counter', 'myCounter');

/** Sends one signal per message. Its `requestId` is the id of the message, so a message that is delivered twice counts once. */
async function addFromQueue(client: DurableClient, { id, text }: QueueMessage): Promise<void> {
  await client.signalEntity(counterId, 'add', Number(text), { requestId: `numbers/${id}` });
}

/** Empties the queue. Calls `onSignalled` between a signal and the acknowledgement of its message: the worst moment for a crash. */
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
    // The signal is durable, so the queue does not need the message any more.
    await queue.acknowledge(message);
  }
}
