/** The writer of answers: status, headers that protect the page, and the body. */
import type { ServerResponse } from 'node:http';
import type { Answer } from './exchange.js';

/** Nothing is loaded from elsewhere, no script or style stands in the page, and nobody frames it. */
export const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ');

const protection = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': contentPolicy,
} as const;

/** @param hasBody `false` for HEAD */
export function writeAnswer(response: ServerResponse, answer: Answer, hasBody: boolean): void {
  if (response.headersSent || response.destroyed) return;
  const [type, content] = contentOf(answer);
  const headers: Record<string, string | number> = { ...protection, ...answer.headers };
  if (type !== undefined) headers['content-type'] = type;
  if (content !== undefined) headers['content-length'] = content.length;
  else if (answer.take === undefined && answer.status !== 204) headers['content-length'] = 0;
  response.writeHead(answer.status, headers);
  if (hasBody && answer.take !== undefined) answer.take(response);
  else response.end(hasBody ? content : undefined);
}

function contentOf({ json, text, bytes }: Answer): [type: string | undefined, content: Uint8Array | undefined] {
  if (json !== undefined) return ['application/json; charset=utf-8', Buffer.from(JSON.stringify(json))];
  if (text !== undefined) return [text.type, Buffer.from(text.content)];
  return bytes === undefined ? [undefined, undefined] : [bytes.type, bytes.content];
}
