/** A recording of a host and connected clients, and the disks that a power failure would have left at many of its points. */
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { between, pick } from '../fault-kind.js';
import { preload } from '../native/compile.js';
import type { Peer } from '../peer-process.js';
import { randomFrom } from '../random.js';
import { ChaosStorage } from '../storage.js';
import { leaseMs, stallLimitMs } from '../processes.js';
import { Story } from '../story.js';
import { Examiner } from './examiner-process.js';
import type { Honesty } from './honesty.js';
import { failPower, type DiskImage } from './power-failure.js';
import { readRecording, type DiskRecord } from './recording.js';
import { Replay, situations, type Situation } from './replay.js';

const disk = 'disk';
/** Images are small and short-lived: in memory where that is possible. */
const imageHome = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const failuresPerReplay = 10;
const garbageLength = 32_768;

export interface PowerFailure extends Pick<DiskImage, 'damage' | 'changesLost' | 'namesLost'> {
  readonly situation: Situation;
  /** Acknowledgements that were held against the image. */
  readonly acknowledgements: number;
  readonly problems: readonly string[];
  /** Where the disk and the histories are kept; `undefined` if nothing is wrong. */
  readonly folder: string | undefined;
}

export interface FailureOptions {
  /** Default: honest. */
  readonly honesty?: Honesty;
  /** Whether disks on which something is wrong are kept. Default true. */
  readonly keepsImages?: boolean;
}

export class PowerStory extends Story {
  private readonly random: () => number;
  private readonly log: string;
  private readonly examiner = new Examiner();
  private records: readonly DiskRecord[] = [];
  private lives = 0;
  private images = 0;

  constructor(folder: string, seed: number) {
    mkdirSync(join(folder, disk));
    super(realpathSync(folder), seed, new ChaosStorage(join(realpathSync(folder), disk)));
    this.random = randomFrom(seed);
    this.log = `${this.folder}.log`;
    writeFileSync(this.log, '');
  }

  get files() {
    return { folder: disk, database: this.storage.name };
  }

  /** One process after the other on the same disk: some stop, some die. Nobody harms them but the recorder. */
  async record(lives: number, ackedMax: number): Promise<void> {
    for (let life = 0; life < lives; life++) await this.live(Math.round(between(this.random, ackedMax / 4, ackedMax)));
    this.records = readRecording(await readFile(this.log));
    await rm(this.log);
  }

  /** @param acked so many acknowledgements before the host is to stop */
  private async live(acked: number): Promise<void> {
    const dies = this.lives++ % 2 === 1;
    const host = this.start({
      wrapper: this.recorder(dies ? Math.round(between(this.random, 100, 4 * acked)) : undefined),
    });
    const clients = this.start({ slot: 'x', wrapper: this.recorder() });
    const isOver = (peer: Peer) => peer.exit !== undefined;
    await host.until('it works', () => host.acked + clients.acked >= acked || isOver(host) || isOver(clients));
    await host.until(dies ? 'the host dies' : 'it works', () => !dies || isOver(host));
    if (isOver(clients)) throw new Error(`clients ended: ${clients.describeEnd()}`);
    await clients.stop();
    if (!dies) await host.stop();
    else if (host.exit?.signal !== 'SIGKILL') throw new Error(`it ended otherwise: ${host.describeEnd()}`);
  }

  private recorder(diesAfter?: number): readonly string[] {
    return preload('recorder', dirname(this.folder), {
      RECORD_FOLDER: this.folder,
      RECORD_LOG: this.log,
      ...(diesAfter === undefined ? {} : { RECORD_DIES: String(diesAfter) }),
    });
  }

  /** Nothing is lost when nothing fails: the rebuilt files are the real ones, so nothing went past the recorder. */
  async unrecorded(): Promise<string[]> {
    const replay = new Replay(this.records, this.files);
    replay.goTo(this.records.length);
    const problems: string[] = [];
    for (const [name, content] of failPower(replay.disk, this.random, 'nothing lost').files)
      if (!name.endsWith('-shm') && !content.equals(await readFile(join(this.folder, name))))
        problems.push(`${name} is not what was recorded`);
    return problems;
  }

  /** The disks of power failures without end, in every situation alike. */
  async *failures({ honesty = 'honest', keepsImages = true }: FailureOptions = {}): AsyncGenerator<
    PowerFailure,
    never
  > {
    const { random } = this;
    const moments = this.momentsOf();
    for (;;) {
      // A replay goes forwards only: a few moments each time, in their order.
      const replay = new Replay(this.records, this.files, honesty);
      const drawn = Array.from({ length: failuresPerReplay }, () => pick(random, pick(random, moments)));
      for (const position of drawn.toSorted((a, b) => a - b)) {
        replay.goTo(position);
        const image = failPower(replay.disk, random);
        const { folder, problems } = await this.examine(replay, image);
        const { situation, acknowledgements } = replay;
        const isKept = problems.length > 0 && keepsImages;
        if (!isKept) await rm(folder, { recursive: true });
        yield { ...image, situation, acknowledgements, problems, folder: isKept ? folder : undefined };
      }
    }
  }

  /** Numbers of records after which the power may fail, by situation. */
  private momentsOf(): readonly (readonly number[])[] {
    const found = new Map<Situation, number[]>(situations.map((situation) => [situation, []]));
    const replay = new Replay(this.records, this.files);
    for (let position = 1; position <= this.records.length; position++) {
      replay.goTo(position);
      found.get(replay.situation)?.push(position);
    }
    return [...found.values()].filter((positions) => positions.length > 0);
  }

  private async examine(replay: Replay, image: DiskImage) {
    const folder = await mkdtemp(join(imageHome, 'durable-entities-image-'));
    await mkdir(join(folder, disk));
    const histories: string[] = [];
    for (const [name, content] of replay.observations()) {
      histories.push(name);
      await writeFile(join(folder, name), content);
    }
    for (const [name, content] of image.files) if (!name.endsWith('-shm')) await writeFile(join(folder, name), content);
    if (this.random() < 0.3) await this.writeGarbage(join(folder, disk, `${this.storage.name}-shm`));
    const task = { folder, disk, histories, leaseMs, stallLimitMs, seed: this.images++ };
    return { folder, problems: await this.examiner.examine(task) };
  }

  /** Any part of the shared memory may have come to the disk. */
  private async writeGarbage(file: string): Promise<void> {
    await writeFile(file, Buffer.from(Array.from({ length: garbageLength }, () => Math.floor(this.random() * 256))));
  }

  override async close(): Promise<void> {
    this.examiner.close();
    await super.close();
    await rm(this.log, { force: true });
  }
}
