/** The form of a state that Restate stores as it is, so that its queries and its pages show JSON. */
import type { Context, internal, Serde } from '../sdk.js';

export const rawText: Serde<string> = {
  contentType: 'application/json',
  serialize: (text) => new TextEncoder().encode(text),
  deserialize: (bytes) => new TextDecoder().decode(bytes),
};

/** Whether the handler runs for the first time at this place, and does not repeat its journal. Only logs may depend on it. */
export function isProcessing(ctx: Context): boolean {
  return (ctx as internal.ContextInternal).isProcessing();
}
