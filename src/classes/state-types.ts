import { InvalidArgumentError } from '../errors/index.js';
import type { StateType } from '../functions/index.js';
import { planOf, type ClassPlan } from './class-plan.js';
import type { AnyClass } from './declarations.js';
import type { Services } from './construction/services.js';
import { ClassStateType } from './state/class-state-type.js';
import { plainStateType } from './state/plain-state-type.js';
import { InstanceStateType } from './state/instance-state-type.js';
import { TaskStateType } from './state/task-state-type.js';

/** Maximum number of state types that are cached for plain values (texts, numbers) given to `dispatch`. */
const primitivesMax = 1_000;

/** Caches one state type per class and values. The context reuses the live object of an entity as long as it gets the same state type. */
class ValuesNode {
  type: StateType<object> | undefined;
  private readonly objects = new WeakMap<object, ValuesNode>();
  private readonly primitives = new Map<unknown, ValuesNode>();

  next(value: unknown): ValuesNode {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    const table = (isObject ? this.objects : this.primitives) as Map<unknown, ValuesNode>;
    let node = table.get(value);
    if (node !== undefined) return node;
    if (!isObject && this.primitives.size >= primitivesMax) this.primitives.clear();
    node = new ValuesNode();
    table.set(value, node);
    return node;
  }
}

/** State types of objects that programs built themselves. They need no services, so all hosts share them. */
const byInstance = new WeakMap<object, StateType<object>>();

/** The state types of one host. */
export class StateTypes {
  private readonly plain = new WeakMap<AnyClass, StateType<unknown>>();
  private readonly byClass = new WeakMap<ClassPlan, ValuesNode>();

  constructor(private readonly services: Services) {}

  ofClass(plan: ClassPlan, values: readonly unknown[]): StateType<object> {
    let node = this.byClass.get(plan);
    if (node === undefined) this.byClass.set(plan, (node = new ValuesNode()));
    for (let index = 0; index < values.length; index++) node = node.next(values[index]);
    return (node.type ??= this.make(plan, values));
  }

  ofInstance(plan: ClassPlan, instance: object): StateType<object> {
    let type = byInstance.get(instance);
    if (type === undefined) {
      type = plan.isTask
        ? new TaskStateType(plan.type, plan.declaration, () => instance)
        : new InstanceStateType(plan.type, plan.declaration, instance);
      byInstance.set(instance, type);
    }
    return type;
  }

  /** The state type of a class that was given to `getState`. */
  ofAny(type: AnyClass): StateType<unknown> {
    let stateType = this.plain.get(type);
    if (stateType === undefined)
      this.plain.set(type, (stateType = plainStateType(type) ?? this.ofClass(planOf(type), [])));
    return stateType;
  }

  private make({ type, declaration, isTask }: ClassPlan, values: readonly unknown[]): StateType<object> {
    return isTask
      ? new TaskStateType(type, declaration, () => this.services.build(type, values).instance)
      : new ClassStateType(type, declaration, this.services, values);
  }
}

/** @throws InvalidArgumentError */
export function noValuesForInstance(values: readonly unknown[]): void {
  if (values.length > 0) {
    throw new InvalidArgumentError(
      'dispatch',
      'values cannot be given together with an object that is already built',
      'Give the class instead of the object, or omit the values.',
    );
  }
}
