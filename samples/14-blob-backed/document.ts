import { Exclude } from 'class-transformer';
import { Entity, Operation, defineEntity, type EntityDefinition } from 'durable-entities'; // in your program: from 'durable-entities'
import type { FolderContainer } from './folder-container.js';

/** A document: its text is a blob, the entity knows which one. */
export class Document {
  revision = 0;
  length = 0;

  // What the constructor was given is not stored in any case; this says so to the reader.
  @Exclude()
  private readonly container: FolderContainer;

  constructor(container: FolderContainer) {
    this.container = container;
  }

  /**
   * The operation may run again after a crash, and it may fail after the upload. So it never touches the blob that the stored
   * state names: it writes the next one, under a name that is the same in each attempt. Its commit makes that one count.
   */
  @Operation()
  async write(text: string): Promise<number> {
    if (this.revision > 0) await this.container.remove(this.blob(this.revision - 1));
    this.revision++;
    await this.container.upload(this.blob(this.revision), text);
    this.length = text.length;
    return this.revision;
  }

  @Operation()
  async read(): Promise<string> {
    return this.container.download(this.blob(this.revision));
  }

  private blob(revision: number): string {
    return `${Entity.current.entityKey}-${revision}.txt`;
  }
}

/** The container is given to the class with each operation; the entity function is where such things are at hand. */
export function documents(container: FolderContainer): EntityDefinition {
  return defineEntity('Document', (context) => context.dispatch(Document, container));
}
