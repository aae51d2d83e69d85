/**
 * Names of Restate services and keys for entities, orchestrations and activities.
 *
 * A service name holds ASCII letters, digits, `_`, `-` and `.` only. A byte of another character is written as `.` and two hexadecimal
 * digits. A key can be any text, but it is a part of a URL: `.`, `..` and the empty text are written with a `~` in front, and so is a text
 * that begins with `~`.
 */
const plain = /^[A-Za-z0-9_-]$/;

export class ServiceNames {
  constructor(private readonly hub: string) {}

  /** The virtual object that holds the records of all orchestration instances. */
  get runs(): string {
    return `${this.hub}.runs`;
  }

  /** The virtual object of the entities of a name. */
  entity(name: string): string {
    return `${this.hub}.entity.${encodeName(name)}`;
  }

  /** The condition of a query that selects the services of all entities. */
  entityServices(column: string): string {
    return `starts_with(${column}, '${this.hub}.entity.')`;
  }

  orchestration(name: string): string {
    return `${this.hub}.orchestration.${encodeName(name)}`;
  }

  activity(name: string): string {
    return `${this.hub}.activity.${encodeName(name)}`;
  }

  /** The kind and the name behind a service name, as in `entity:counter`. `undefined` for services that are not code of this hub. */
  announced(service: string): string | undefined {
    const [, kind, name] = /^\.(entity|orchestration|activity)\.(.+)$/.exec(this.rest(service)) ?? [];
    if (kind === undefined || name === undefined) return undefined;
    const decoded = decodeName(name);
    return decoded === undefined ? undefined : `${kind}:${decoded}`;
  }

  private rest(service: string): string {
    return service.startsWith(`${this.hub}.`) ? service.slice(this.hub.length) : '';
  }
}

function encodeName(name: string): string {
  let text = '';
  for (const character of name) {
    if (plain.test(character)) text += character;
    else for (const byte of Buffer.from(character)) text += `.${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

function decodeName(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9_-]|\.[0-9a-f]{2})+$/.test(text)) return undefined;
  return decodeURIComponent(text.replaceAll('.', '%'));
}

/** The key of a virtual object for an entity key or an instance id. */
export function keyOf(text: string): string {
  return text === '' || text === '.' || text === '..' || text.startsWith('~') ? `~${text}` : text;
}

/** The entity key or instance id behind a key. */
export function textOfKey(key: string): string {
  return key.startsWith('~') ? key.slice(1) : key;
}

/** The name and the key of an entity id, `@name@key`. */
export function entityParts(entityId: string): { readonly name: string; readonly key: string } {
  const end = entityId.indexOf('@', 1);
  return { name: entityId.slice(1, end), key: entityId.slice(end + 1) };
}
