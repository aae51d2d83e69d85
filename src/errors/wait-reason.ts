import { quoted } from './text.js';

/** The reason why a message to an entity or an orchestration has no answer yet. */
export type WaitReason =
  /** No host is active on the database. */
  | { readonly kind: 'noActiveHost' }
  /** The active host does not have the code of the entity or the orchestration. */
  | { readonly kind: 'notRegistered'; readonly what: 'entity' | 'orchestration'; readonly name: string }
  /** An orchestration holds the lock of the entity. */
  | { readonly kind: 'locked'; readonly by: string }
  /** The orchestration is suspended. */
  | { readonly kind: 'suspended' }
  /** The named operation of the entity is running. */
  | { readonly kind: 'running'; readonly operation: string }
  /** The number of messages that wait for the target, including the message of the caller. */
  | { readonly kind: 'waiting'; readonly messages: number };

/** The reason as the last part of an error message, and a hint. */
export function explain(reason: WaitReason): { readonly says: string; readonly hint: string } {
  switch (reason.kind) {
    case 'noActiveHost':
      return {
        says: 'no host is active',
        hint: 'The message waits in the database: start a host on it. Nothing was cancelled.',
      };
    case 'notRegistered':
      return {
        says: `the active host has not registered the ${reason.what} ${quoted(reason.name)}`,
        hint: `The message waits: add the ${reason.what} to \`register\` of the host. Nothing was cancelled.`,
      };
    case 'locked':
      return {
        says: `orchestration ${quoted(reason.by)} holds the lock of the entity`,
        hint: 'The message waits for the end of the critical section: check the status of that orchestration. Nothing was cancelled.',
      };
    case 'suspended':
      return { says: 'the orchestration is suspended', hint: 'Resume it: run.resume(). Nothing was cancelled.' };
    case 'running':
      return {
        says: `its operation ${quoted(reason.operation)} runs, and has not ended`,
        hint: 'An operation that waits for something outside delays all others: give it a timeout. Nothing was cancelled.',
      };
    case 'waiting':
      return {
        says: `${reason.messages} ${reason.messages === 1 ? 'message waits' : 'messages wait'} for it`,
        hint:
          'An operation takes long, the queue is long, or the active host of another process has not registered the target ' +
          '(its log says so). Nothing was cancelled: wait again, or repeat a call with the same requestId.',
      };
  }
}
