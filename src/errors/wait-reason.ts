import { quoted } from './text.js';

/** Why nothing has come yet of what was sent to an entity or an orchestration. */
export type WaitReason =
  /** No host works on the database. */
  | { readonly kind: 'noActiveHost' }
  /** The active host does not have the code of the entity or the orchestration. */
  | { readonly kind: 'notRegistered'; readonly what: 'entity' | 'orchestration'; readonly name: string }
  /** An orchestration holds the lock of the entity. */
  | { readonly kind: 'locked'; readonly by: string }
  /** The orchestration is suspended. */
  | { readonly kind: 'suspended' }
  /** This operation of the entity runs now, and has not ended. */
  | { readonly kind: 'running'; readonly operation: string }
  /** So many messages wait for the target, the one that was asked about included. */
  | { readonly kind: 'waiting'; readonly messages: number };

/** The reason as the end of a message, and what to do about it. */
export function explain(reason: WaitReason): { readonly says: string; readonly hint: string } {
  switch (reason.kind) {
    case 'noActiveHost':
      return {
        says: 'no host is active',
        hint: 'What was sent waits in the database: start a host on it. Nothing was cancelled.',
      };
    case 'notRegistered':
      return {
        says: `the active host has not registered the ${reason.what} ${quoted(reason.name)}`,
        hint: `What was sent waits: add the ${reason.what} to \`register\` of the host. Nothing was cancelled.`,
      };
    case 'locked':
      return {
        says: `orchestration ${quoted(reason.by)} holds the lock of the entity`,
        hint: 'The message waits for the end of the critical section: look at the status of that orchestration. Nothing was cancelled.',
      };
    case 'suspended':
      return { says: 'the orchestration is suspended', hint: 'Resume it: run.resume(). Nothing was cancelled.' };
    case 'running':
      return {
        says: `its operation ${quoted(reason.operation)} runs, and has not ended`,
        hint: 'An operation that waits for something outside holds up all others: give it a timeout. Nothing was cancelled.',
      };
    case 'waiting':
      return {
        says: `${reason.messages} ${reason.messages === 1 ? 'message waits' : 'messages wait'} for it`,
        hint:
          'An operation runs for long, the queue is long, or the active host of another process has not registered the target ' +
          '(its log says so). Nothing was cancelled: wait again, or repeat a call with the same requestId.',
      };
  }
}
