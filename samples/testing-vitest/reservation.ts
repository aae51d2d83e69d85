import { Entity, Operation, defineActivity, defineOrchestration } from 'durable-entities';

@Entity({ effects: 'none' })
export class Seat {
  holder: string | undefined = undefined;

  @Operation()
  async hold(who: string): Promise<boolean> {
    this.holder ??= who;
    return this.holder === who;
  }

  @Operation({ oneWay: true })
  free(): void {
    this.holder = undefined;
  }
}

export const sendTicket = defineActivity(
  'SendTicket',
  async (_context, seat: string): Promise<string> => `ticket ${seat}`,
);

/** Holds a seat for a quarter of an hour. Without a payment by then, the seat is free again. */
export const reserve = defineOrchestration(
  'Reserve',
  async (context, { seat, who }: { seat: string; who: string }): Promise<string> => {
    const held = context.createEntityProxy(Seat, seat);
    if (!(await held.hold(who))) return 'taken';
    try {
      await context.waitForExternalEvent('paid', { timeout: '15 minutes' });
    } catch {
      held.free();
      return 'too late';
    }
    return context.callActivity(sendTicket, seat, { retry: { maxAttempts: 3, firstRetryInterval: '1 minute' } });
  },
);
