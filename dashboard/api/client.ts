/** Client of the API: requests of the page with the header that proves where they come from, and errors with code and hint. */

/** An answer that refuses or fails, or the lack of an answer (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The path with its query. Undefined and empty fields are left out. */
export function withQuery(path: string, query: Query): string {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    fields.set(name, String(value));
  }
  const text = fields.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Path of an entity. The empty key is a field of the query, because a path has no empty segments. */
export function entityPath(name: string, key: string, rest = ''): string {
  const begin = `entities/${encodeURIComponent(name)}`;
  return key === '' ? `${begin}${rest}?key=` : `${begin}/${encodeURIComponent(key)}${rest}`;
}

export function runPath(id: string, rest = ''): string {
  return `runs/${encodeURIComponent(id)}${rest}`;
}

/** Name and key of `@name@key`. */
export function partsOf(entityId: string): { readonly name: string; readonly key: string } {
  const at = entityId.indexOf('@', 1);
  return { name: entityId.slice(1, at), key: entityId.slice(at + 1) };
}

export function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return request<Answer>(path, { method: 'GET', ...(signal !== undefined && { signal }) });
}

export function post<Answer>(path: string, body: object = {}): Promise<Answer> {
  return request<Answer>(path, { method: 'POST', body: JSON.stringify(body) });
}

export function remove<Answer>(path: string): Promise<Answer> {
  return request<Answer>(path, { method: 'DELETE' });
}

export function apiUrl(path: string): string {
  return `api/v1/${path}`;
}

async function request<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'x-durable-entities': '1' };
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(apiUrl(path), { ...init, headers, credentials: 'same-origin' });
    answer = await response.json();
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(0, 'UNREACHABLE', 'The server does not answer.', 'The page tries again by itself.');
  }
  if (response.ok) return answer as Answer;
  const { code, message, hint } = answer as { code?: string; message?: string; hint?: string };
  throw new ApiError(response.status, code ?? 'UNKNOWN', message ?? response.statusText, hint ?? '');
}
