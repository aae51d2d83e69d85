/** The sentences of explanations: why something does not move, and what to do. */
import type { Reason } from '../../../hub/explanation.js';
import { quoted } from '../../../errors/text.js';

interface Sentence {
  readonly because: string;
  readonly remedy?: string;
}

const time = (ms: number) => new Date(ms).toISOString();
const messages = (count: number) => (count === 1 ? '1 message' : `${count} messages`);
const list = (names: readonly string[]) => names.map(quoted).join(', ');

/** @param subject the entity or instance that the reason is about */
export function sentenceOf(reason: Reason, subject: string): Sentence {
  switch (reason.code) {
    case 'notFound':
      return {
        because: 'No row and no message has this id.',
        remedy: 'Check the id: upper and lower case differ. Retention may have deleted an instance that has ended.',
      };
    case 'ended':
      return {
        because: `The orchestration has ended: ${reason.status}.`,
        ...(reason.status === 'failed' && { remedy: 'Read its error. Then rewind or restart it.' }),
      };
    case 'idle':
      return { because: 'Nothing waits for it.' };
    case 'ready':
      return { because: `Nothing holds it up: ${messages(reason.messages)} will be processed next.` };
    case 'unreadable':
      return {
        because: `The stored data cannot be read: ${reason.problem}`,
        remedy:
          'Repair the row from a backup, or use the version of the package that wrote it. Then start the host again.',
      };
    case 'noActiveWorker':
      return {
        because: `No worker is alive${reason.untilMs === undefined ? '' : `. The lease of the last one ended at ${time(reason.untilMs)}`}.`,
        remedy:
          'Start a host on the database. A standby takes over by itself when the lease of the last worker is over.',
      };
    case 'cautious':
      return {
        because: 'The worker runs one message at a time, because its process died repeatedly.',
        remedy: 'Look for the cause in the log. A message whose process dies three times becomes a dead letter.',
      };
    case 'notRegistered':
      return notRegistered(reason);
    case 'suspended':
      return {
        because: `The orchestration is suspended${reason.reason === undefined ? '' : `: ${reason.reason}`}.`,
        remedy: 'Resume it: run.resume().',
      };
    case 'startScheduled':
      return { because: `The orchestration begins at ${time(reason.startsAtMs)}.`, remedy: 'Wait, or terminate it.' };
    case 'startWaits':
      return { because: 'Its start message waits, and its code has not run yet.' };
    case 'scheduled':
      return {
        because: `${reason.messages === 1 ? '1 scheduled message waits' : `${reason.messages} scheduled messages wait`}; the first is due at ${time(reason.nextMs)}.`,
      };
    case 'deadLettered':
      return {
        because: `${reason.letters === 1 ? '1 message was' : `${reason.letters} messages were`} set aside, because their process died in each attempt.`,
        remedy: `Repair the operation${reason.operation === undefined ? '' : ` ${quoted(reason.operation)}`}, then retry or discard the dead letters.`,
      };
    case 'unknown':
      return {
        because: 'Nothing that is stored tells the reason.',
        remedy: 'Ask again in the process of the worker, and read its log.',
      };
    default:
      return waiting(reason, subject);
  }
}

function notRegistered({ what, name, version, announcedBy }: Reason & { code: 'notRegistered' }): Sentence {
  const code = `${what} ${quoted(name)}${version === undefined || version === 1 ? '' : ` in version ${version}`}`;
  const others = announcedBy.length === 0 ? 'No living worker has it' : `${list(announcedBy)} has it`;
  return {
    because: `The worker that owns the instance has not registered the ${code}. ${others}.`,
    remedy: `Add the ${what} to \`register\` of the host${version === undefined ? '' : ', in this version'}, or start a host that has it.`,
  };
}

function waitersOf(count: number): string {
  return count === 0 ? 'Nothing else asks for it.' : count === 1 ? '1 waits for it.' : `${count} wait for it.`;
}

type Waiting = Exclude<
  Reason,
  {
    code:
      | 'notFound'
      | 'ended'
      | 'idle'
      | 'ready'
      | 'unreadable'
      | 'noActiveWorker'
      | 'cautious'
      | 'notRegistered'
      | 'suspended'
      | 'startScheduled'
      | 'startWaits'
      | 'scheduled'
      | 'deadLettered'
      | 'unknown';
  }
>;

function waiting(reason: Waiting, subject: string): Sentence {
  switch (reason.code) {
    case 'waitsForEvent': {
      const unread = reason.unread.length === 0 ? '' : ` Raised and not read: ${list(reason.unread)}.`;
      const [first] = reason.events;
      return {
        because: `The orchestration waits for ${reason.events.length === 1 ? 'the event' : 'one of the events'} ${list(reason.events)}.${unread}`,
        remedy: `Raise the event: run.raiseEvent(${quoted(first ?? '')}). Or terminate ${quoted(subject)}.`,
      };
    }
    case 'waitsForTimer':
      return {
        because: `The orchestration waits for a timer that is due at ${time(reason.dueMs)} (task ${reason.task}).`,
        remedy: 'Wait, or terminate the orchestration.',
      };
    case 'waitsForCall':
      return {
        because: `The orchestration waits for the answer of ${quoted(reason.operation)} of ${reason.entity} (task ${reason.task}).`,
      };
    case 'waitsForLock':
      return {
        because: `The orchestration has ${reason.held} of ${reason.of} locks, and waits for that of ${reason.entity} (task ${reason.task}).`,
      };
    case 'waitsForChild':
      return {
        because: `The orchestration waits for the end of its sub-orchestration ${quoted(reason.instance)} (${reason.name}, task ${reason.task}).`,
      };
    case 'waitsForActivity':
      return { because: `The orchestration waits for the activity ${quoted(reason.name)} (task ${reason.task}).` };
    case 'running':
      return {
        because: `${quoted(reason.name)} runs${reason.attempt === undefined ? '' : `, in attempt ${reason.attempt}`}, and has not ended.`,
        remedy: 'Look for what it waits for outside, and give it a timeout.',
      };
    case 'retries':
      return {
        because: `Attempt ${reason.attempt} of ${quoted(reason.name)} failed. The next one begins at ${time(reason.nextAtMs)}.`,
        remedy: 'Read the error of the attempt in the log of the worker.',
      };
    case 'waitsForSlot':
      return {
        because: `${reason.running} of at most ${reason.max} run already.`,
        remedy: 'Wait, look for ones that hang, or raise `maxConcurrentActivities` or `maxConcurrentExternal`.',
      };
    case 'elsewhere':
      return {
        because: `It waits or runs in ${reason.worker === undefined ? 'another process' : quoted(reason.worker)}, whose memory this process does not see.`,
        remedy: 'Ask in the process of that worker.',
      };
    case 'locked':
      return {
        because: `The orchestration ${quoted(reason.by)} holds the lock of the entity (section ${reason.section}). ${waitersOf(reason.waiters)}`,
      };
    case 'queued':
      return { because: `${messages(reason.before)} of the entity ${reason.before === 1 ? 'comes' : 'come'} first.` };
  }
}
