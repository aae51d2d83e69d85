/** Targets of requests: the path below the base of the API, read with the rules of the Azure server. */

export type Target =
  | { readonly kind: 'orchestrator'; readonly name: string; readonly instanceId: string | undefined }
  | { readonly kind: 'instances' }
  | { readonly kind: 'instance'; readonly instanceId: string }
  | { readonly kind: 'command'; readonly instanceId: string; readonly command: InstanceCommand }
  | { readonly kind: 'event'; readonly instanceId: string; readonly event: string }
  | { readonly kind: 'entities'; readonly name: string | undefined }
  | { readonly kind: 'entity'; readonly name: string; readonly key: string };

const commands = ['terminate', 'suspend', 'resume', 'rewind', 'restart'] as const;

export type InstanceCommand = (typeof commands)[number];

/**
 * Reads the path of a request. Each segment is decoded by itself, so `%2F` and `/` are the same within an id or a key. Slashes at the end of
 * the path are cut.
 * @param path below the base, still encoded, without a slash at its beginning
 * @returns `undefined` if nothing has this path
 */
export function readTarget(method: string, path: string): Target | undefined {
  const trimmed = path.replace(/\/+$/, '');
  const [area, ...raw] = trimmed.split('/');
  const segments = raw.map(decodeSegment);
  switch (area?.toLowerCase()) {
    case 'orchestrators':
      return orchestratorOf(segments);
    case 'instances':
      return instanceOf(method, segments);
    case 'entities':
      return entityOf(method, raw, segments);
    default:
      return undefined;
  }
}

function orchestratorOf([name, ...id]: readonly string[]): Target | undefined {
  if (name === undefined || name === '') return undefined;
  return { kind: 'orchestrator', name, instanceId: id.length === 0 ? undefined : id.join('/') };
}

function instanceOf(method: string, segments: readonly string[]): Target | undefined {
  if (segments.length === 0) return { kind: 'instances' };
  if (method !== 'POST') return { kind: 'instance', instanceId: segments.join('/') };
  const last = segments.at(-1) as string;
  if (segments.length >= 3 && segments.at(-2)?.toLowerCase() === 'raiseevent') {
    return { kind: 'event', instanceId: segments.slice(0, -2).join('/'), event: last };
  }
  const command = commands.find((each) => each === last.toLowerCase());
  if (command === undefined || segments.length < 2) return undefined;
  return { kind: 'command', instanceId: segments.slice(0, -1).join('/'), command };
}

/** The segment `$` is the empty key, and `%24` the key `$`. */
function entityOf(method: string, raw: readonly string[], segments: readonly string[]): Target | undefined {
  const [name, ...key] = segments;
  if (name === undefined || name === '') return key.length === 0 ? { kind: 'entities', name: undefined } : undefined;
  if (key.length === 0 && method === 'GET') return { kind: 'entities', name };
  const isEmptyKey = raw.length === 2 && raw[1] === '$';
  return { kind: 'entity', name, key: isEmptyKey ? '' : key.join('/') };
}

/** Decodes what is percent-encoded UTF-8. A `%` that begins no such sequence stays as it is, because clients send ids unencoded. */
function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  return segment.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
