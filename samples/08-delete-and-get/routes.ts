import { EntityId, type DurableClient } from 'durable-entities';
import { Counter, ICounter } from './counter.js';

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** `DELETE /Counter/{key}`, with names as strings. The answer means accepted, and the entity is deleted soon. */
export async function deleteCounter(client: DurableClient, key: string): Promise<Answer> {
  await client.signalEntity(new EntityId('Counter', key), 'Delete');
  return { status: 202 };
}

/** The same message through the interface. */
export async function deleteCounterTyped(client: DurableClient, key: string): Promise<Answer> {
  await client.signalEntity(ICounter, key, (counter) => counter.delete());
  return { status: 202 };
}

/** `GET /Counter/{key}`: a copy of the last committed state. A change of the copy does not change the entity. */
export async function getCounter(client: DurableClient, key: string): Promise<Answer> {
  const { entityExists, entityState } = await client.readEntityState(Counter, key);
  return entityExists ? { status: 200, body: entityState } : { status: 404 };
}
