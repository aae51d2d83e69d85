/** Statuses of orchestration instances as clients of Azure expect them. */
import type { OrchestrationStatus } from '../../client/run-status.js';
import { DurableError } from '../../errors/durable-error.js';
import type { PayloadPlace } from '../options.js';
import type { PlainJson } from '../plain-json.js';
import type { ShowValue } from './shown-value.js';
import { wireStatus } from './status-names.js';

/** A status on the wire. The client throws if `input` or `output` is absent: `null` stands for no value. */
export interface StatusBody {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly input: PlainJson;
  readonly customStatus: PlainJson;
  readonly output: PlainJson;
  /** ISO 8601 in UTC, with milliseconds. */
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
  /** Why the stored instance cannot be read. Absent if it can. Clients of Azure do not read this field. */
  readonly problem?: { readonly code: string; readonly message: string };
}

export function statusBody(status: OrchestrationStatus, showInput: boolean, show: ShowValue): StatusBody {
  const { name, instanceId, runtimeStatus, error } = status;
  return {
    name,
    instanceId,
    runtimeStatus: wireStatus(runtimeStatus),
    input: showInput ? show(status.input, placeOf(status, 'input')) : null,
    customStatus: show(status.customStatus, placeOf(status, 'customStatus')),
    output: outputJson(status, show),
    createdTime: status.createdAt.toISOString(),
    lastUpdatedTime: status.lastUpdatedAt.toISOString(),
    ...(error !== undefined && runtimeStatus !== 'failed' && { problem: problemOf(error) }),
  };
}

/** The result, the message of the error, or the reason of the termination. */
export function outputJson(status: OrchestrationStatus, show: ShowValue): PlainJson {
  const { runtimeStatus, output, error, reason } = status;
  if (runtimeStatus === 'completed') return show(output, placeOf(status, 'output'));
  if (runtimeStatus === 'failed') return show(error?.message, placeOf(status, 'error'));
  return runtimeStatus === 'terminated' ? (reason ?? null) : null;
}

function placeOf({ instanceId, name }: OrchestrationStatus, kind: PayloadPlace['kind']): PayloadPlace {
  return { kind, instance: instanceId, name };
}

function problemOf(error: Error): { readonly code: string; readonly message: string } {
  return { code: error instanceof DurableError ? error.code : 'DE_STORAGE', message: error.message };
}
