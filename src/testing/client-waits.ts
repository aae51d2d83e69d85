/** What clients wait for: each wait ends, with an answer, with the process, or when it has rested for too long. */
import type { Intake } from '../ports/intake.js';
import type { Conductor } from './conductor.js';
import { TestStuckError } from './errors.js';
import type { OutsideWork } from './outside-work.js';
import { afterRealMs, isDebugged, realMs } from './real-time.js';

interface Wait {
  readonly what: string;
  readonly sinceMs: number;
  fail(error: Error): void;
}

export class ClientWaits {
  private readonly open = new Set<Wait>();
  private closed: (() => Error) | undefined;
  private watching = false;

  constructor(
    private readonly conductor: Conductor,
    private readonly work: OutsideWork,
    private readonly limitMs: number,
  ) {}

  /** The intake of a process, whose every answer is waited for here. */
  guarded(intake: Intake): Intake {
    return new Proxy(intake, {
      get: (target, method: string) => {
        const member: unknown = target[method as keyof Intake];
        if (typeof member !== 'function') return member;
        const call = (args: unknown[]) => Reflect.apply(member, target, args) as unknown;
        if (method === 'watchRun' || method === 'followRun') {
          return (instanceId: string, callback: (heard: unknown) => void) =>
            this.heard(`a run's ${method === 'watchRun' ? 'end' : 'status'} (${instanceId})`, callback, (hear) =>
              call([instanceId, hear]),
            );
        }
        return (...args: unknown[]) => {
          const answer = call(args);
          return answer instanceof Promise ? this.answered(describe(method, args), answer) : answer;
        };
      },
    });
  }

  private answered<T>(what: string, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = this.begin(what, reject);
      void answer.then(resolve, reject).finally(end);
    });
  }

  /** Who follows a run is told of its error here too; who has heard enough stops following. */
  private heard(what: string, callback: (heard: unknown) => void, follow: (hear: (heard: unknown) => void) => unknown) {
    let stop = () => {};
    const end = this.begin(what, (error) => {
      stop();
      callback(error);
    });
    if (this.closed === undefined) stop = follow(callback) as () => void;
    return () => {
      end();
      stop();
    };
  }

  private begin(what: string, fail: (error: Error) => void): () => void {
    if (this.closed !== undefined) {
      fail(this.closed());
      return () => {};
    }
    const goOn = this.work.awaitHost();
    const end = () => {
      if (this.open.delete(wait)) goOn();
    };
    const wait: Wait = {
      what,
      sinceMs: realMs(),
      fail: (error) => {
        end();
        fail(error);
      },
    };
    this.open.add(wait);
    this.watch();
    return end;
  }

  /** The process is gone: whoever waits, and whoever comes, is told. */
  failAll(error: () => Error): void {
    this.closed = error;
    for (const wait of this.open) wait.fail(error());
  }

  private watch(): void {
    if (this.watching || this.open.size === 0) return;
    this.watching = true;
    afterRealMs(Math.max(this.limitMs / 4, 10), () => {
      this.watching = false;
      const nowMs = realMs();
      for (const wait of this.open) {
        const waitedMs = Math.min(nowMs - wait.sinceMs, this.conductor.restingMs);
        if (waitedMs < this.limitMs || isDebugged()) continue;
        const what = `No answer within ${this.limitMs} ms of real time (timeLimit) to ${wait.what}`;
        wait.fail(new TestStuckError(what, this.conductor.state()));
      }
      this.watch();
    });
  }
}

function describe(method: string, [first, second]: readonly unknown[]): string {
  const message = first as { target?: unknown; body?: { kind?: unknown; operation?: unknown } } | undefined;
  const words =
    typeof first === 'string'
      ? [method, second, first]
      : [method, message?.body?.operation ?? message?.body?.kind, message?.target];
  return words.filter((word) => typeof word === 'string').join(' ');
}
