/** A row that cannot be read: its messages wait, all other instances continue, and nothing is lost when the row is repaired. */
import { pick, type FaultKind } from '../fault-kind.js';
import type { Peer } from '../peer-process.js';
import type { Story } from '../story.js';
import { spoiltList } from '../workload.js';

interface Cell {
  readonly table: string;
  readonly column: string;
  readonly where: string;
}

const list = `id = '@list@${spoiltList}'`;
const state: Cell = { table: 'de_instance', column: 'state', where: list };
const meta: Cell = { table: 'de_instance', column: 'meta', where: list };
const message: Cell = { table: 'de_inbox', column: 'body', where: `target = '@list@${spoiltList}'` };
const garbage = ['{"half', '', '\u0001\u0002', 'x'.repeat(5_000)];
/** Acknowledged beside the spoilt row. */
const besideMin = 60;

const spoils = [
  ['the state of an entity', spoilState],
  ['the lock of an entity', spoilLock],
  ['the body of a message', spoilMessage],
] as const;

export const corrupt: FaultKind = {
  name: 'corrupt',
  weight: 1,
  cyclesPerStory: 3,
  async cycle({ story, random, tally }) {
    const [what, spoil] = pick(random, spoils);
    await touch(await story.serving());
    await untilWaiting(story, 0);
    await end(story);
    await spoil(story, pick(random, garbage));
    tally.fault(`corrupt: ${what}`);
  },
};

/** An operation cannot begin without its state: it fails, and its caller receives the reason. */
async function spoilState(story: Story, text: string): Promise<void> {
  const repair = await overwrite(story, state, text);
  const peer = await goesOn(story);
  peer.command({ do: 'probe' });
  await peer.until('a call of the spoilt list is answered', () => peer.probed !== undefined);
  if (peer.probed !== 'StateDeserializationError') throw new Error(`a call of the spoilt list: ${peer.probed}`);
  await end(story);
  await repair();
}

/** Nobody knows who may enter: messages are accepted, and wait. */
async function spoilLock(story: Story, text: string): Promise<void> {
  const repair = await overwrite(story, meta, text);
  await touch(await goesOn(story));
  await end(story);
  await untilWaiting(story, 1);
  await repair();
}

/** A message that waits already. */
async function spoilMessage(story: Story, text: string): Promise<void> {
  const repairLock = await overwrite(story, meta, text);
  await touch(await goesOn(story));
  await end(story);
  const repair = await overwrite(story, message, text);
  await repairLock();
  await goesOn(story);
  await end(story);
  await repair();
}

/** A process that acknowledges everything that has nothing to do with the spoilt row. */
async function goesOn(story: Story): Promise<Peer> {
  const peer = await story.serving();
  await peer.until('everything else goes on beside a spoilt row', () => peer.acked > besideMin);
  return peer;
}

async function touch(peer: Peer): Promise<void> {
  peer.command({ do: 'touch' });
  await peer.until('a signal to the spoilt list is accepted', () => peer.touched === 1);
}

/** Resolves when so many messages to the spoilt list are stored and not applied. */
async function untilWaiting(story: Story, wanted: number): Promise<void> {
  const sql = `SELECT count(*) FROM de_inbox WHERE ${message.where}`;
  await story.storage.untilValue(`${wanted} messages wait at the spoilt list`, sql, wanted);
}

async function end(story: Story): Promise<void> {
  const peer = story.peers.at(-1)!;
  story.kill(peer);
  await peer.untilEnded('the process is killed');
}

/** Returns how to put back what was there. */
async function overwrite(story: Story, { table, column, where }: Cell, garbage: string): Promise<() => Promise<void>> {
  const before = (await story.storage.value(`SELECT ${column} FROM ${table} WHERE ${where}`)) as string | null;
  const set = (value: string | null) =>
    story.storage.use((handle) => handle.all(`UPDATE ${table} SET ${column} = ? WHERE ${where}`, [value]));
  await set(garbage);
  return async () => void (await set(before));
}
