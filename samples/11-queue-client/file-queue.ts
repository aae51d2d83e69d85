import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface QueueMessage {
  readonly id: string;
  readonly text: string;
}

/** A queue in a folder, with a file per message. It delivers a message again until the message is acknowledged. */
export class FileQueue {
  private readonly waiting: string;
  private readonly refused: string;

  constructor(folder: string) {
    this.waiting = join(folder, 'waiting');
    this.refused = join(folder, 'refused');
  }

  async send(id: string, text: string): Promise<void> {
    await mkdir(this.waiting, { recursive: true });
    // Write under another name first, so that no reader receives half of a message.
    await writeFile(join(this.waiting, `.${id}`), text);
    await rename(join(this.waiting, `.${id}`), join(this.waiting, id));
  }

  /** The waiting messages, in the order of their ids. */
  async *receive(): AsyncGenerator<QueueMessage> {
    for (const id of (await readdir(this.waiting)).sort()) {
      if (!id.startsWith('.')) yield { id, text: await readFile(join(this.waiting, id), 'utf8') };
    }
  }

  async acknowledge({ id }: QueueMessage): Promise<void> {
    await rm(join(this.waiting, id));
  }

  /** Moves a message that can never be handled to the folder of refused messages. */
  async refuse({ id }: QueueMessage): Promise<void> {
    await mkdir(this.refused, { recursive: true });
    await rename(join(this.waiting, id), join(this.refused, id));
  }

  async countRefused(): Promise<number> {
    return (await readdir(this.refused)).length;
  }
}
