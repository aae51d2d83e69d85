/** The logger of the SDK of Restate: it passes lines on to the logger of the host. */
import type { Logger } from '../ports/log.js';
import type { LoggerTransport } from './sdk.js';

/** Levels of the SDK that the logger of the host gets as warnings. */
const serious: ReadonlySet<string> = new Set(['error', 'warn']);

/** Whether the SDK reports a lost connection. Restate connects again and repeats what was under way, so no reader has to do anything. */
function isLostConnection(message: string, error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || message.startsWith('Got abort error from connection');
}

export function sdkLogger(logger: Logger): LoggerTransport {
  return ({ level, replaying, context }, message, ...more) => {
    // A host that checks no signatures listens on loopback only: see checkHostOptions.
    if (replaying || String(message).startsWith('Accepting requests without validating')) return;
    const fields = { invocation: context?.invocationId, target: context?.invocationTarget, error: more[0] };
    const text = `Restate: ${String(message)}`;
    // Begins and ends of invocations are of no use to most readers.
    if (serious.has(level) && !isLostConnection(String(message), more[0])) logger.warn(fields, text);
    else logger.debug(fields, text);
  };
}
