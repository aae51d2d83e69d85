import type { InstanceFilter } from './rows.js';

/** Finds the part of a filter that an index leads through: kind, prefix, and one of parent, first tag and statuses. */
export function walkedFilter({
  kind,
  name,
  idPrefix = '',
  statuses,
  parent,
  tags = [],
}: InstanceFilter): InstanceFilter {
  // The ids of the entities of a name are neighbours.
  const prefix = kind === 'entity' && idPrefix === '' && name !== undefined ? `@${name}@` : idPrefix;
  const base = { kind, idPrefix: prefix } as const;
  if (kind === 'entity') return base;
  if (parent !== undefined) return { ...base, parent };
  if (tags.length > 0) return { ...base, tags: tags.slice(0, 1) };
  return statuses === undefined ? base : { ...base, statuses };
}
