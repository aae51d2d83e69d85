import type { CommitBatch } from '../../engines/sql/ports/store.js';

/** The tags that a batch writes. */
export interface BatchTags {
  /** Inserted after those of `tagged` are deleted. */
  readonly tags: readonly (readonly [tag: string, value: string, instance: string])[];
  /** Instances whose old tags are deleted. */
  readonly tagged: readonly string[];
}

export function tagsOf({ instances }: CommitBatch): BatchTags {
  const tags: [tag: string, value: string, instance: string][] = [];
  const tagged: string[] = [];
  for (const write of instances) {
    if (write.op === 'delete') {
      // Entities have no tags.
      if (!write.id.startsWith('@')) tagged.push(write.id);
    } else if (write.tags !== undefined) {
      if (write.version > 1) tagged.push(write.id);
      for (const [tag, value] of write.tags) tags.push([tag, value, write.id]);
    }
  }
  return { tags, tagged };
}
