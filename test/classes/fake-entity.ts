/** A small stand-in for the runtime: one entity, whose operations run on the public context alone. For unit tests only. */
import { runInFrame } from '../../src/functions/ambient.js';
import type { EntityContext, StateType } from '../../src/functions/index.js';
import type { ClassSupport } from '../../src/functions/support.js';
import { createClassSupport } from '../../src/classes/index.js';
import { EntityId } from '../../src/model/entity-id.js';
import { encodeValue, decodeValue, type Json } from '../../src/model/values.js';

interface Live {
  readonly type: StateType<unknown>;
  readonly value: unknown;
}

// eslint-disable-next-line typescript/no-explicit-any -- any class
type AnyClass = abstract new (...args: any[]) => object;

export class FakeEntity {
  readonly id: EntityId;
  readonly support: ClassSupport;
  /** Signals sent, as `operation(input)`. */
  readonly sent: string[] = [];
  private live: Live | undefined;
  private keepLive: boolean;

  constructor(
    readonly type: AnyClass | object,
    options: { stored?: Json | string; support?: ClassSupport; name?: string; key?: string; keepLive?: boolean } = {},
  ) {
    this.id = new EntityId(options.name ?? 'fake', options.key ?? 'key');
    this.support = options.support ?? createClassSupport({ registered: [] });
    if (options.stored !== undefined) {
      this.text = typeof options.stored === 'string' ? options.stored : JSON.stringify(options.stored);
    }
    this.keepLive = options.keepLive ?? false;
  }

  /** The stored JSON text. */
  text: string | undefined;

  get stored(): unknown {
    return this.text === undefined ? undefined : JSON.parse(this.text);
  }

  get exists(): boolean {
    return this.text !== undefined;
  }

  /** Runs an operation to its end and stores the state; what fails changes nothing. By default nothing is kept in memory. */
  async run(operation: string, input?: unknown, ...values: unknown[]): Promise<unknown> {
    const session = new Session(this, operation, input, this.keepLive ? this.live : undefined);
    try {
      const handler = (context: EntityContext): unknown => this.support.dispatch(context, this.type, values);
      const result: unknown = await runInFrame(
        { kind: 'entity', effects: 'external', id: session.context.entityId, context: session.context },
        handler,
        session.context,
      );
      this.text = session.encode();
      this.live = session.live;
      return decodeValue(encodeValue(result));
    } catch (error) {
      this.live = undefined;
      throw error;
    }
  }
}

class Session {
  live: Live | undefined;
  private plain: { value: unknown } | undefined;
  private state: 'stored' | 'gone' | 'live' | 'plain';
  readonly context: EntityContext;

  constructor(
    private readonly entity: FakeEntity,
    operation: string,
    input: unknown,
    kept: Live | undefined,
  ) {
    this.state = entity.exists ? 'stored' : 'gone';
    const wire = encodeValue(input);
    const given: unknown = decodeValue(wire);
    const members: Partial<Record<keyof EntityContext, unknown>> = {
      entityName: entity.id.name,
      entityKey: entity.id.key,
      entityId: entity.id,
      instanceId: entity.id.toString(),
      operationName: operation,
      signal: new AbortController().signal,
      fencingToken: 1,
      getInput: () => given,
      getState: (type: StateType<unknown>) => this.getState(type, kept),
      setState: (value: unknown) => {
        this.plain = { value };
        this.state = 'plain';
      },
      deleteState: () => {
        this.state = 'gone';
      },
      signalEntity: (id: EntityId, name: string, value: unknown) => {
        entity.sent.push(`${id.toString()}.${name}(${JSON.stringify(value)})`);
      },
      dispatch: (type: unknown, ...values: unknown[]) => entity.support.dispatch(this.context, type, values),
    };
    Object.defineProperty(members, 'hasState', { get: () => this.state !== 'gone' });
    this.context = members as unknown as EntityContext;
  }

  private getState(type: StateType<unknown>, kept: Live | undefined): unknown {
    if (this.state === 'live') return this.live!.value;
    if (this.state === 'gone') this.live = { type, value: type.create() };
    else if (this.state === 'plain')
      this.live = { type, value: type.restore(JSON.parse(encodeValue(this.plain!.value)!) as Json) };
    else if (kept?.type === type) this.live = kept;
    else this.live = { type, value: type.restore(JSON.parse(this.entity.text!) as Json) };
    this.state = 'live';
    return this.live.value;
  }

  encode(): string | undefined {
    switch (this.state) {
      case 'gone':
        this.live = undefined;
        return undefined;
      case 'live':
        return JSON.stringify(this.live!.type.capture(this.live!.value));
      case 'plain':
        return encodeValue(this.plain!.value);
      default:
        return this.entity.text;
    }
  }
}

/** The error that a function throws or rejects with. */
export async function thrownBy(action: () => unknown): Promise<Error> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
