/** Wrong uses of standard decorators. The compiler refuses most of them; each function makes one all the same, for a program in JavaScript. */
import { Exclude, Expose } from 'class-transformer';
import { Activity, Annotate, Entity, Operation, Orchestration } from 'durable-entities';

class Clock {
  now = 0;
}
class Mail {
  sent = 0;
}
/** The decorator as a program in JavaScript sees it. */
function untyped(decorator: unknown): (value: unknown, context: unknown) => never {
  return decorator as (value: unknown, context: unknown) => never;
}

export function staticMember(): unknown {
  @Entity()
  class Counter {
    // @ts-expect-error -- an operation is no static method
    @Operation()
    static async add(): Promise<void> {}
  }
  return Counter;
}

export function privateMember(): unknown {
  @Entity()
  class Counter {
    // @ts-expect-error -- an operation is no private method
    @Operation()
    async #add(): Promise<void> {}

    @Operation()
    async callsIt(): Promise<void> {
      return this.#add();
    }
  }
  return Counter;
}

export function field(): unknown {
  @Entity()
  class Counter {
    // @ts-expect-error -- an operation is no field
    @Operation()
    total = 0;
  }
  return Counter;
}

export function twoParameters(): unknown {
  @Entity()
  class Counter {
    // @ts-expect-error -- an operation has at most one parameter
    @Operation()
    async add(left: number, right: number): Promise<number> {
      return left + right;
    }
  }
  return Counter;
}

export function promisedOneWay(): unknown {
  @Entity()
  class Counter {
    // @ts-expect-error -- a one-way operation returns void
    @Operation({ oneWay: true })
    async add(): Promise<void> {}
  }
  return Counter;
}

export function entityOnMember(): unknown {
  class Counter {
    @untyped(Entity())
    total = 0;
  }
  return Counter;
}

export function tooFewTokens(): unknown {
  // @ts-expect-error -- the second parameter has no token
  @Entity({ inject: [Clock] })
  class Counter {
    constructor(
      readonly clock: Clock,
      readonly mail: Mail,
    ) {}
    @Operation() async add(): Promise<void> {}
  }
  return Counter;
}

export function tooManyTokens(): unknown {
  @Activity({ inject: [Clock, Mail, 'third'] })
  class Look {
    constructor(readonly clock: Clock) {}
    run(): number {
      return this.clock.now;
    }
  }
  return Look;
}

export function noTokens(): unknown {
  @Orchestration()
  class Look {
    constructor(readonly clock: Clock) {}
    run(): number {
      return this.clock.now;
    }
  }
  return Look;
}

export function otherService(): unknown {
  // @ts-expect-error -- a Mail is no Clock
  @Activity({ inject: [Mail] })
  class Look {
    constructor(readonly clock: Clock) {}
    run(): number {
      return this.clock.now;
    }
  }
  return Look;
}

export function undefinedToken(): unknown {
  @Activity({ inject: [undefined as unknown as typeof Clock] })
  class Look {
    constructor(readonly clock: Clock) {}
    run(): number {
      return this.clock.now;
    }
  }
  return Look;
}

export function unboundToken(): unknown {
  @Activity({ inject: ['clock'] })
  class Look {
    constructor(readonly clock: Clock) {}
    run(): number {
      return this.clock.now;
    }
  }
  return Look;
}

export function noToken(): unknown {
  @Activity({ inject: [5 as unknown as string] })
  class Look {
    constructor(readonly clock: Clock) {}
    run(): number {
      return this.clock.now;
    }
  }
  return Look;
}

/** With class-transformer alone, all fields would be stored, because nobody reads what `@Exclude()` recorded. */
export function excludedClass(): unknown {
  @Entity()
  @untyped(Exclude())
  class Account {
    password = '';
    @Operation() async set(password: string): Promise<void> {
      this.password = password;
    }
  }
  return Account;
}

export function exposedAccessor(): unknown {
  @Entity()
  class Account {
    name = '';
    @untyped(Expose())
    get initial(): string {
      return this.name.slice(0, 1);
    }
    @Operation() async set(name: string): Promise<void> {
      this.name = name;
    }
  }
  return Account;
}

/** class-transformer itself throws here, while the class is made. */
export function excludedField(): unknown {
  class Account {
    @untyped(Exclude())
    password = '';
  }
  return Account;
}

export function noAnnotation(): unknown {
  @Annotate({ password: 'secret' as unknown as PropertyDecorator })
  class Account {
    password = '';
  }
  return Account;
}
