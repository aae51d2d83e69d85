/** The files on a disk after the power failed: one of the many states that the disk may be in. */
import { pick } from '../fault-kind.js';
import { Content, type Change, type Disk, type DiskFile } from './disk.js';

export const damages = [
  'everything unsynced lost',
  'nothing lost',
  'cut off at some moment',
  'any subset',
  'torn at 512',
  'torn at 4096',
  'torn at 512, with garbage',
] as const;
export type Damage = (typeof damages)[number];

export interface DiskImage {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly damage: Damage;
  /** Writes and truncations of which at least a part is missing. */
  readonly changesLost: number;
  /** Names that mean something else than processes saw. */
  readonly namesLost: number;
}

export function failPower(disk: Disk, random: () => number, damage: Damage = pick(random, damages)): DiskImage {
  const keep = pick(random, [0.1, 0.5, 0.9]);
  const files = new Map<string, Buffer>();
  let namesLost = 0;
  let changesLost = 0;
  // A file has one state, by whichever name it is found.
  const contents = new Map<DiskFile, Buffer>();
  for (const [name, { durable, pending }] of disk.names) {
    const meanings = [durable, ...pending.map(({ file }) => file)];
    const meaning = damage === 'nothing lost' ? meanings.length - 1 : drawMeaning(damage, meanings.length, random);
    if (meaning < meanings.length - 1) namesLost++;
    const file = meanings[meaning];
    if (file === undefined) continue;
    let content = contents.get(file);
    if (content === undefined) {
      const found = contentOf(file, damage, keep, random);
      changesLost += found.lost;
      contents.set(file, (content = found.content));
    }
    files.set(name, content);
  }
  return { files, damage, changesLost, namesLost };
}

function drawMeaning(damage: Damage, count: number, random: () => number): number {
  return damage === 'everything unsynced lost' ? 0 : Math.floor(random() * count);
}

function contentOf(file: DiskFile, damage: Damage, keep: number, random: () => number) {
  const content = new Content(Buffer.from(file.content.now));
  const { pending } = file;
  const cutAt = Math.floor(random() * (pending.length + 1));
  let lost = 0;
  for (const [index, change] of pending.entries()) {
    const kept = survives(change, index);
    if (!kept) lost++;
  }
  return { content: content.now, lost };

  /** Whether all of it is there. */
  function survives(change: Change, index: number): boolean {
    if (damage === 'everything unsynced lost') return false;
    const isWhole =
      damage === 'nothing lost' || (damage === 'cut off at some moment' ? index < cutAt : random() < keep);
    if (isWhole) content.apply(change);
    else if (damage.startsWith('torn')) return tear(content, change, damage, random);
    return isWhole;
  }
}

/** Of a torn write each sector is there, is not, or is neither old nor new. */
function tear(content: Content, { order, at, data }: Change, damage: Damage, random: () => number): boolean {
  if (data === undefined) return false;
  const sector = damage === 'torn at 4096' ? 4_096 : 512;
  let isWhole = true;
  for (let from = at; from < at + data.length;) {
    const to = Math.min(at + data.length, (Math.floor(from / sector) + 1) * sector);
    const drawn = random();
    const part = data.subarray(from - at, to - at);
    if (drawn < 0.5) content.apply({ order, at: from, data: part });
    else isWhole = false;
    if (drawn > 0.8 && damage.endsWith('garbage'))
      content.apply({ order, at: from, data: Buffer.from(Array.from(part, () => Math.floor(random() * 256))) });
    from = to;
  }
  return isWhole;
}
