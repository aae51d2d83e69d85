import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface QueueMessage {
  readonly id: string;
  readonly text: string;
}

/** A queue in a folder, a file per message. Like any queue it delivers a message again until it is acknowledged. */
export class FileQueue {
  private readonly waiting: string;
  private readonly refused: string;

  constructor(folder: string) {
    this.waiting = join(folder, 'waiting');
    this.refused = join(folder, 'refused');
  }

  async send(id: string, text: string): Promise<void> {
    await mkdir(this.waiting, { recursive: true });
    // Written under another name first, so that nobody receives half of it.
    await writeFile(join(this.waiting, `.${id}`), text);
    await rename(join(this.waiting, `.${id}`), join(this.waiting, id));
  }

  /** The messages that wait now, in the order of their ids. */
  async *receive(): AsyncGenerator<QueueMessage> {
    for (const id of (await readdir(this.waiting)).sort()) {
      if (!id.startsWith('.')) yield { id, text: await readFile(join(this.waiting, id), 'utf8') };
    }
  }

  async acknowledge({ id }: QueueMessage): Promise<void> {
    await rm(join(this.waiting, id));
  }

  /** Sets a message aside that can never be handled. */
  async refuse({ id }: QueueMessage): Promise<void> {
    await mkdir(this.refused, { recursive: true });
    await rename(join(this.waiting, id), join(this.refused, id));
  }

  async countRefused(): Promise<number> {
    return (await readdir(this.refused)).length;
  }
}
