/** Reads the journal of an invocation through the admin API. A journal has the commands of a handler, and the notifications that it received. */
import { StorageError } from '../../errors/index.js';
import { literal, type Admin } from './admin.js';

/** An entry of a journal. Kinds that a history does not need are left out. */
export type JournalEntry =
  /** The beginning of the invocation. */
  | { readonly kind: 'input'; readonly value: unknown }
  /** A request to a handler. `completion` names the notification of its answer, `invocationCompletion` that of its invocation. */
  | {
      readonly kind: 'request';
      readonly name: string;
      readonly service: string;
      readonly key: string;
      readonly handler: string;
      readonly value: unknown;
      /** Absent for a one-way request. */
      readonly completion?: number | undefined;
      readonly invocationCompletion: number;
      /** When a delayed request is due. `undefined` if it is not delayed. */
      readonly dueMs?: number | undefined;
    }
  | { readonly kind: 'timer'; readonly name: string; readonly completion: number; readonly dueMs: number }
  /** A signal to another invocation. `signal` is `undefined` for a cancellation. */
  | {
      readonly kind: 'sent';
      readonly invocation: string;
      readonly signal: string | undefined;
      readonly value: unknown;
    }
  /** A received signal. */
  | { readonly kind: 'signal'; readonly signal: string; readonly value: unknown }
  /** The answer to a request. `failure` is the message of Restate if an operator ended the invocation. */
  | {
      readonly kind: 'answer';
      readonly completion: number;
      readonly value: unknown;
      readonly failure?: string | undefined;
    }
  | { readonly kind: 'invocation'; readonly completion: number; readonly invocation: string }
  /** A timer is over. */
  | { readonly kind: 'fired'; readonly completion: number };

interface Row {
  readonly index: number;
  readonly name: string | null;
  readonly entry_json: string | null;
}

/** The number of entries that one query reads. */
const pageMax = 500;

/** The entries of an invocation, in order. Empty if its journal is not kept. */
export async function journalOf(admin: Admin, member: string, invocation: string): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (let next = 0; ;) {
    const rows = await admin.query<Row>(
      member,
      `SELECT index, name, entry_json FROM sys_journal WHERE id = ${literal(invocation)} AND index >= ${next} ORDER BY index LIMIT ${pageMax}`,
    );
    for (const row of rows) {
      const entry = readEntry(row, invocation);
      if (entry !== undefined) entries.push(entry);
      next = row.index + 1;
    }
    if (rows.length < pageMax) return entries;
  }
}

/** The input of an invocation. `undefined` if its journal is not kept. */
export async function inputOf(admin: Admin, member: string, invocation: string): Promise<unknown> {
  const rows = await admin.query<Row>(
    member,
    `SELECT index, name, entry_json FROM sys_journal WHERE id = ${literal(invocation)} AND index = 0`,
  );
  const [entry] = rows.map((row) => readEntry(row, invocation));
  return entry?.kind === 'input' ? entry.value : undefined;
}

/** @throws StorageError */
function readEntry(row: Row, invocation: string): JournalEntry | undefined {
  try {
    return entryOf(row);
  } catch (error) {
    throw new StorageError(`Entry ${row.index} of the journal of ${invocation} cannot be read.`, undefined, error);
  }
}

/** The parts that are read of an entry. Bytes are arrays of numbers. */
interface Written {
  readonly Command?: {
    readonly Input?: { readonly payload: Bytes };
    readonly Call?: Called & { readonly result_completion_id: number };
    readonly OneWayCall?: Called & { readonly invoke_time: number };
    readonly Sleep?: { readonly wake_up_time: number; readonly completion_id: number };
    readonly SendSignal?: {
      readonly target_invocation_id: string;
      readonly signal_id: SignalId;
      readonly result: Result;
    };
  };
  readonly Notification?: {
    readonly Completion?: {
      readonly Call?: { readonly completion_id: number; readonly result: Result };
      readonly CallInvocationId?: { readonly completion_id: number; readonly invocation_id: string };
      readonly Sleep?: { readonly completion_id: number };
    };
    readonly Signal?: { readonly id: SignalId; readonly result: Result };
  };
}

type Bytes = readonly number[];
type SignalId = { readonly Name?: string; readonly Index?: number };
type Result = { readonly Success?: Bytes; readonly Failure?: { readonly message?: string } } | 'Void';

interface Handler {
  readonly name: string;
  /** Absent in a service without keys. */
  readonly key?: string;
  readonly handler: string;
}

interface Called {
  readonly request: {
    readonly parameter: Bytes;
    /** By the kind of the service. */
    readonly invocation_target: Readonly<Record<string, Handler>>;
  };
  readonly invocation_id_completion_id: number;
}

function entryOf({ name, entry_json: json }: Row): JournalEntry | undefined {
  const { Command: command, Notification: notification } = JSON.parse(json ?? '{}') as Written;
  if (command?.Input !== undefined) return { kind: 'input', value: decoded(command.Input.payload) };
  const called = command?.Call ?? command?.OneWayCall;
  if (called !== undefined) {
    const due = command?.OneWayCall?.invoke_time ?? 0;
    const [target] = Object.values(called.request.invocation_target);
    if (target === undefined) throw new Error('a request has no target');
    return {
      kind: 'request',
      name: name ?? '',
      service: target.name,
      key: target.key ?? '',
      handler: target.handler,
      value: decoded(called.request.parameter),
      completion: command?.Call?.result_completion_id,
      invocationCompletion: called.invocation_id_completion_id,
      dueMs: due > 0 ? due : undefined,
    };
  }
  if (command?.Sleep !== undefined) {
    const { wake_up_time: dueMs, completion_id: completion } = command.Sleep;
    return { kind: 'timer', name: name ?? '', completion, dueMs };
  }
  if (command?.SendSignal !== undefined) {
    const { target_invocation_id: invocation, signal_id: id, result } = command.SendSignal;
    return { kind: 'sent', invocation, signal: id.Name, value: valueOf(result) };
  }
  return notification === undefined ? undefined : noticeOf(notification);
}

function noticeOf({ Completion: completion, Signal: signal }: NonNullable<Written['Notification']>) {
  if (signal?.id.Name !== undefined) {
    return { kind: 'signal', signal: signal.id.Name, value: valueOf(signal.result) } as const;
  }
  if (completion?.Call !== undefined) {
    const { completion_id, result } = completion.Call;
    const failure = typeof result === 'string' ? undefined : result.Failure;
    return {
      kind: 'answer',
      completion: completion_id,
      value: valueOf(result),
      failure: failure === undefined ? undefined : (failure.message ?? ''),
    } as const;
  }
  if (completion?.CallInvocationId !== undefined) {
    const { completion_id, invocation_id: invocation } = completion.CallInvocationId;
    return { kind: 'invocation', completion: completion_id, invocation } as const;
  }
  if (completion?.Sleep !== undefined) return { kind: 'fired', completion: completion.Sleep.completion_id } as const;
  return undefined;
}

function valueOf(result: Result): unknown {
  return typeof result === 'string' || result.Success === undefined ? undefined : decoded(result.Success);
}

function decoded(bytes: Bytes): unknown {
  return bytes.length === 0 ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as unknown);
}
