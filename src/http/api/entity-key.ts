/** The empty key of an entity. A path cannot have an empty segment for it, so `?key=` stands for the segment. */
import type { Place } from '../mount-point.js';

/** The segment that stands for the empty key inside. No key contains NUL, so it stands for no other key. */
const emptyKey = '%00';

/** The place with the key of `?key=` as a segment of the path. */
export function withKeySegment(place: Place): Place {
  const [, begin, rest = ''] = /^(\/api\/v1\/entities\/[^/]+)(\/[^/]+)?\/?$/.exec(place.path) ?? [];
  const key = place.query.get('key');
  if (begin === undefined || key === null) return place;
  const query = new URLSearchParams(place.query);
  query.delete('key');
  return { ...place, query, path: `${begin}/${key === '' ? emptyKey : encodeURIComponent(key)}${rest}` };
}

/** The key of a decoded segment. */
export function keyOf(segment: string): string {
  return segment === '\0' ? '' : segment;
}
