import { DurableHost } from 'durable-entities';

// #region class
import { Entity, Operation } from 'durable-entities';

@Entity({ effects: 'none' })
class Playlist {
  title = 'untitled';
  songs: string[] = [];

  @Operation()
  async add(song: string): Promise<number> {
    this.songs.push(song);
    return this.songs.length;
  }

  @Operation({ oneWay: true })
  rename(title: string): void {
    this.title = title;
  }

  @Operation()
  async clear(): Promise<void> {
    Entity.current.deleteState();
  }
}
// #endregion

// #region function
import { defineEntity } from 'durable-entities';

const visits = defineEntity('Visits', { effects: 'none' }, (context) => {
  const count = context.getState(() => 0);
  switch (context.operationName) {
    case 'visit':
      context.setState(count + 1);
      return count + 1;
    case 'forget':
      return context.deleteState();
    default:
      return context.unknownOperation();
  }
});
// #endregion

// #region task
import { TaskEntity } from 'durable-entities';

interface Thermostat {
  target: number;
}

@Entity({ effects: 'none' })
class Heating extends TaskEntity<Thermostat> {
  protected override initializeState(): Thermostat {
    return { target: 20 };
  }

  @Operation()
  async warmer(): Promise<number> {
    return ++this.state.target;
  }
}
// #endregion

// #region expiry
/** A session expires a month after its last change. */
@Entity({ effects: 'none', expireAfter: '30 days' })
class Session {
  pages: string[] = [];

  @Operation()
  async open(page: string): Promise<number> {
    return this.pages.push(page);
  }
}
// #endregion

// #region read-only
@Entity({ effects: 'none' })
class Poll {
  votes: Record<string, number> = {};

  @Operation({ oneWay: true })
  vote(answer: string): void {
    this.votes[answer] = (this.votes[answer] ?? 0) + 1;
  }

  /** A change of the state, a signal or a start would fail this operation. */
  @Operation({ readOnly: true })
  async leader(): Promise<string | undefined> {
    return Object.entries(this.votes).sort(([, a], [, b]) => b - a)[0]?.[0];
  }
}
// #endregion

// #region whole
/** If `tell` throws, its signal is not sent, and its state is as before. */
@Entity({ effects: 'none' })
class Chatterbox {
  told = 0;

  @Operation()
  async tell(secret: string): Promise<void> {
    this.told += 1;
    Entity.current.signalEntity(Playlist, 'overheard', (playlist) => playlist.add(secret));
    if (secret.includes('password')) throw new Error('better not');
  }
}
// #endregion

await using host = await DurableHost.start({
  storage: ':memory:',
  register: [Playlist, visits, Heating, Session, Chatterbox, Poll],
});
const { client } = host;

// #region use
import { EntityId } from 'durable-entities';

await client.callEntity(Playlist, 'summer', (playlist) => playlist.add('Here Comes the Sun'));
await client.signalEntity(Playlist, 'summer', (playlist) => playlist.rename('Summer'));
console.log('songs   ->', await client.callEntity(Playlist, 'summer', (playlist) => playlist.add('Sunny')));
console.log('visits  ->', await client.callEntity(new EntityId('Visits', '/index.html'), 'visit'));
console.log('target  ->', await client.callEntity(Heating, 'kitchen', (heating) => heating.warmer()));
// #endregion

console.log('pages   ->', await client.callEntity(Session, 'ann', (session) => session.open('/')));
const after = await client.signalEntity(Poll, 'lunch', (poll) => poll.vote('soup'));
await client.processed(after);

// #region committed
// In its turn, after all waiting messages:
console.log('leader  ->', await client.callEntity(Poll, 'lunch', (poll) => poll.leader()));

// At once, on the last committed state. The call waits for no lock, no queue and no running operation.
const consistency = 'committed';
console.log('so far  ->', await client.callEntity(Poll, 'lunch', (poll) => poll.leader(), { consistency }));
// #endregion

await client.callEntity(Chatterbox, 'bob', (bob) => bob.tell('I like Sunny'));
await client.callEntity(Chatterbox, 'bob', (bob) => bob.tell('the password is 1234')).catch(() => {});
const { entityState: bob } = await client.readEntityState(Chatterbox, 'bob');
console.log('told    ->', bob?.told);
console.log('heard   ->', (await client.callEntity(Playlist, 'overheard', (playlist) => playlist.add('(end)'))) - 1);

// #region query
const { items, continuationToken } = await client.queryEntities(Playlist, { includeState: true }).page({ size: 10 });
for (const { entityId, entityState } of items) console.log('found   ->', entityId.key, entityState?.songs.length);
console.log('in all  ->', await client.queryEntities(Playlist).count(), continuationToken === undefined);
// #endregion

// #region delete
await client.callEntity(Playlist, 'summer', (playlist) => playlist.clear());
const { entityExists } = await client.readEntityState(Playlist, 'summer');
console.log('exists  ->', entityExists);
console.log(
  'again   ->',
  await client.callEntity(Playlist, 'summer', (playlist) => playlist.add('Walking on Sunshine')),
);
// #endregion
