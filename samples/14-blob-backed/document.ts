import { Exclude } from 'class-transformer';
import { Entity, Operation, defineEntity, type EntityDefinition } from 'durable-entities';
import type { FolderContainer } from './folder-container.js';

/** A document. Its text is a blob, and the entity stores the name of the blob. */
export class Document {
  revision = 0;
  length = 0;

  // Arguments of `dispatch` are never stored. The decorator makes this visible.
  @Exclude()
  private readonly container: FolderContainer;

  constructor(container: FolderContainer) {
    this.container = container;
  }

  /**
   * Writes the text as the next blob. The operation may run again after a crash, and it may fail after the upload. So it never
   * changes the blob that the stored state names. The name of the next blob is the same in each attempt. The commit makes it the
   * current one.
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

/** A function entity passes the container to the class at each operation. */
export function documents(container: FolderContainer): EntityDefinition {
  return defineEntity('Document', (context) => context.dispatch(Document, container));
}
