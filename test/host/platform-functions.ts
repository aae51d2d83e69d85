/** The functions of the platform that strict mode replaces while a host runs. */
import crypto, { randomUUID } from 'node:crypto';

export function platformFunctions(): unknown[] {
  const web = Object.getPrototypeOf(globalThis.crypto) as object;
  return [
    Date,
    Date.now,
    Math.random,
    globalThis.setTimeout,
    globalThis.setInterval,
    globalThis.setImmediate,
    Object.getOwnPropertyDescriptor(web, 'randomUUID')?.value,
    crypto.randomUUID,
    randomUUID,
  ];
}
