import { expect } from 'chai';
import { randomFrom } from '../random.js';
import { Disk } from './disk.js';
import { liesOf } from './honesty.js';
import { damages, failPower, type Damage } from './power-failure.js';
import type { DiskRecord, RecordKind } from './recording.js';

const folder = 1;
const file = 2;

function record(kind: RecordKind, more: Partial<DiskRecord> = {}): DiskRecord {
  return { kind, thread: 7, file, at: 0, name: '', data: Buffer.alloc(0), ...more };
}

const written = (text: string, at = 0, more: Partial<DiskRecord> = {}) =>
  record('written', { at, data: Buffer.from(text), ...more });
const synced = (inode = file) => [record('sync begins', { file: inode }), record('sync ends', { file: inode })];
const made = [record('opened', { file: folder, at: 1, name: 'd' }), record('created', { name: 'd/a' })];
const madeForGood = [...made, ...synced(folder)];

function diskAfter(...records: readonly DiskRecord[]): Disk {
  const disk = new Disk();
  for (const each of records) disk.apply(each);
  return disk;
}

/** Every state that the file was found in, over many power failures; `-` if it was not there. */
function statesOf(disk: Disk, damage: Damage, name = 'd/a'): string[] {
  const random = randomFrom(1);
  const states = Array.from({ length: 200 }, () => failPower(disk, random, damage).files.get(name)?.toString() ?? '-');
  return [...new Set(states)].toSorted();
}

describe('the disk of a power failure', () => {
  it('keeps what was synced, and may lose what was written since', () => {
    const disk = diskAfter(...madeForGood, written('old'), ...synced(), written('new'));
    expect(statesOf(disk, 'everything unsynced lost')).to.deep.equal(['old']);
    expect(statesOf(disk, 'any subset')).to.deep.equal(['new', 'old']);
    expect(statesOf(disk, 'nothing lost')).to.deep.equal(['new']);
  });

  it('keeps nothing for certain that was written after the sync had begun', () => {
    const [begins, ends] = synced() as [DiskRecord, DiskRecord];
    const disk = diskAfter(...madeForGood, written('old'), begins, written('new', 0, { thread: 8 }), ends);
    expect(statesOf(disk, 'everything unsynced lost')).to.deep.equal(['old']);
  });

  it('may keep a later write without an earlier one, unless it is cut off at a moment', () => {
    const disk = diskAfter(...madeForGood, written('aa'), ...synced(), written('b', 0), written('c', 1));
    expect(statesOf(disk, 'any subset')).to.deep.equal(['aa', 'ac', 'ba', 'bc']);
    expect(statesOf(disk, 'cut off at some moment')).to.deep.equal(['aa', 'ba', 'bc']);
  });

  it('tears a write between sectors, never inside one', () => {
    const half = (letter: string) => letter.repeat(512);
    const disk = diskAfter(...madeForGood, written(half('a') + half('a')), ...synced(), written(half('b') + half('b')));
    const wanted = ['aa', 'ab', 'ba', 'bb'].map(([one, two]) => half(one as string) + half(two as string));
    expect(statesOf(disk, 'torn at 512')).to.deep.equal(wanted);
    expect(statesOf(disk, 'torn at 4096')).to.deep.equal([wanted[0], wanted[3]]);
    expect(statesOf(disk, 'torn at 512, with garbage').length).to.be.greaterThan(10);
  });

  it('fills what is missing before a later write with zeros', () => {
    const disk = diskAfter(...madeForGood, written('a'), written('b', 1));
    expect(statesOf(disk, 'any subset')).to.deep.equal(['', '\0b', 'a', 'ab']);
  });

  it('may lose a truncation, and keeps one that was synced', () => {
    const cut = record('truncated', { at: 1 });
    const disk = diskAfter(...madeForGood, written('abc'), ...synced(), cut);
    expect(statesOf(disk, 'any subset')).to.deep.equal(['a', 'abc']);
    for (const each of synced()) disk.apply(each);
    expect(statesOf(disk, 'any subset')).to.deep.equal(['a']);
  });

  it('may lose a name until its folder is synced, also when the file was', () => {
    const disk = diskAfter(...made, written('abc'), ...synced());
    expect(statesOf(disk, 'any subset')).to.deep.equal(['-', 'abc']);
    for (const each of synced(folder)) disk.apply(each);
    expect(statesOf(disk, 'any subset')).to.deep.equal(['abc']);
  });

  it('may bring back a file that was deleted, or keep one under its old name', () => {
    const deleted = diskAfter(...madeForGood, written('abc'), ...synced(), record('unlinked', { name: 'd/a' }));
    expect(statesOf(deleted, 'any subset')).to.deep.equal(['-', 'abc']);
    const renamed = record('renamed', { name: 'd/a', data: Buffer.from('d/b') });
    const moved = diskAfter(...madeForGood, written('abc'), ...synced(), renamed);
    expect(statesOf(moved, 'everything unsynced lost')).to.deep.equal(['abc']);
    expect(statesOf(moved, 'nothing lost', 'd/b')).to.deep.equal(['abc']);
  });

  it('knows a new file from an old one that had the same number', () => {
    const again = [record('unlinked', { name: 'd/a' }), record('created', { name: 'd/a' })];
    const disk = diskAfter(...madeForGood, written('old'), ...synced(), ...again, ...synced(folder), written('new'));
    expect(statesOf(disk, 'any subset')).to.deep.equal(['', 'new']);
  });

  it('counts what is lost', () => {
    const disk = diskAfter(...made, written('abc'), written('def', 3));
    const { changesLost, namesLost } = failPower(disk, randomFrom(1), 'everything unsynced lost');
    expect([changesLost, namesLost]).to.deep.equal([0, 1]);
    const named = diskAfter(...madeForGood, written('abc'), written('def', 3));
    expect(failPower(named, randomFrom(1), 'everything unsynced lost').changesLost).to.equal(2);
    for (const damage of damages)
      expect(failPower(diskAfter(...madeForGood), randomFrom(1), damage).changesLost).to.equal(0);
  });
});

describe('a disk that lies about syncs', () => {
  const wal = 3;
  const records = [
    record('created', { name: 'd/db' }),
    record('created', { file: wal, name: 'd/db-wal' }),
    // 2 to 4: the log begins.
    written('h'.repeat(32), 0, { file: wal }),
    ...synced(wal),
    // 5 to 7: a commit.
    written('frame', 32, { file: wal }),
    ...synced(wal),
    // 8 to 10: another one.
    written('frame', 37, { file: wal }),
    ...synced(wal),
    // 11 to 15: a checkpoint.
    ...synced(wal),
    written('page'),
    ...synced(),
  ];

  it('keeps its word when it is honest', () => {
    expect([...liesOf('honest', records, 'd/db')]).to.deep.equal([]);
  });

  it('syncs the log when it begins and before a checkpoint, but at no commit, as with synchronous=NORMAL', () => {
    expect([...liesOf('normal', records, 'd/db')]).to.deep.equal([7, 10]);
  });

  it('never syncs, as with synchronous=OFF', () => {
    expect([...liesOf('off', records, 'd/db')]).to.deep.equal([4, 7, 10, 12, 15]);
  });
});
