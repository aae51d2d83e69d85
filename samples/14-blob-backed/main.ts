import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableHost, EntityId } from 'durable-entities';
import { documents } from './document.js';
import { FolderContainer } from './folder-container.js';

/** A container whose connection breaks now and then, after it has written the blob. */
class UnsteadyContainer extends FolderContainer {
  isConnected = true;

  override async upload(name: string, text: string): Promise<void> {
    await super.upload(name, text);
    if (!this.isConnected) throw new Error('The connection is lost');
  }
}

const folder = await mkdtemp(join(tmpdir(), 'blob-backed-'));
const container = new UnsteadyContainer(join(folder, 'my-container'));
const letter = new EntityId('Document', 'letter');
const start = (): Promise<DurableHost> =>
  DurableHost.start({ storage: join(folder, 'documents.db'), register: [documents(container)] });

{
  await using host = await start();
  const { client } = host;
  console.log('write    ->', await client.callEntity(letter, 'write', 'Dear Bob'));
  console.log('write    ->', await client.callEntity(letter, 'write', 'Dear Bob, how are you?'));
  container.isConnected = false;
  await client.callEntity(letter, 'write', 'Dear Bob, ?').catch((error: Error) => console.log(error.message));
  container.isConnected = true;
  console.log('read     ->', await client.callEntity(letter, 'read'));
}

// The container is not part of the state: a new process passes its own.
{
  await using host = await start();
  const { client } = host;
  console.log('read     ->', await client.callEntity(letter, 'read'));
  console.log('state    ->', (await client.readEntityState(letter)).entityState);
  console.log('write    ->', await client.callEntity(letter, 'write', 'Dear Bob, come over'));
  console.log('blobs    ->', await container.list());
}

await rm(folder, { recursive: true });
