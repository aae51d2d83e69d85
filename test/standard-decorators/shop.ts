/** Program with standard decorators: an entity, an orchestration and an activity with services. */
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import {
  Activity,
  Annotate,
  Entity,
  EntityId,
  entityInterface,
  Operation,
  Orchestration,
  TaskEntity,
  type ActivityContext,
  type OrchestrationContext,
} from 'durable-entities';

export class Prices {
  of(article: string): number {
    return article.length;
  }
}

export interface Mailer {
  send(text: string): void;
}
export const Mailer = Symbol('Mailer');

export class Line {
  article = '';
  pieces = 0;

  priced(prices: Prices): number {
    return prices.of(this.article) * this.pieces;
  }
}

export interface IBasket {
  add(article: string): void;
  total(): Promise<number>;
}
export const IBasket = entityInterface<IBasket>('IBasket', { add: 'signal', total: 'call' });

/** The common base of several entities. Each class that extends it has its operation. */
abstract class Noted {
  notes: string[] = [];

  @Operation()
  async note(text: string): Promise<number> {
    return this.notes.push(text);
  }
}

// #region entity
@Entity({ implements: [IBasket], inject: [Prices, Mailer, { token: 'limit', optional: true }] })
@Annotate({
  lines: Type(() => Line),
  secret: Exclude(),
  begun: [Expose({ name: 'start' }), Transform(({ value }) => value as unknown)],
})
export class Basket extends Noted implements IBasket {
  lines: Line[] = [];
  secret = 'none';
  begun = 0;

  constructor(
    private readonly prices: Prices,
    private readonly mailer: Mailer,
    private readonly limit: number | undefined,
  ) {
    super();
  }

  add(article: string): void {
    const line = new Line();
    Object.assign(line, { article, pieces: 2 });
    this.lines.push(line);
    this.secret = article;
    this.begun++;
    this.mailer.send(`${Entity.current.entityKey} has ${this.lines.length} of ${this.limit ?? 'any'}, ${this.secret}`);
  }

  async total(): Promise<number> {
    return this.lines.reduce((sum, line) => sum + line.priced(this.prices), 0);
  }

  @Operation({ oneWay: true })
  clear(): void {
    this.lines = [];
  }

  @Operation({ name: 'size', readOnly: true })
  async count(): Promise<number> {
    return this.lines.length;
  }
}

// #endregion

/** A class that extends an entity class, without a constructor of its own, gets the services of its base. */
@Entity({ implements: [IBasket] })
export class Hamper extends Basket {
  @Operation()
  override async count(): Promise<number> {
    return -this.lines.length;
  }
}

@Entity({ effects: 'none' })
export class Step2 extends TaskEntity<{ steps: number }> {
  protected override initializeState(): { steps: number } {
    return { steps: 0 };
  }

  @Operation()
  async next(): Promise<number> {
    return ++this.state.steps;
  }
}

// #region activity
@Activity({ inject: [Mailer] })
export class SendReceipt {
  constructor(private readonly mailer: Mailer) {}

  async run(context: ActivityContext, total: number): Promise<string> {
    this.mailer.send(`receipt for ${total}, of ${context.instanceId}`);
    return `paid ${total}`;
  }
}

// #endregion

@Orchestration({ name: 'Checkout', inject: [Prices] })
export class CheckOut {
  constructor(private readonly prices: Prices) {}

  async run(context: OrchestrationContext, key: string): Promise<string> {
    const basket = context.createEntityProxy(IBasket, new EntityId('Basket', key));
    basket.add('tea');
    const total = await basket.total();
    return context.callActivity(SendReceipt, total + this.prices.of('fee'));
  }
}
