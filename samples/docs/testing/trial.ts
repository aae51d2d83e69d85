import {
  Activity,
  Entity,
  Operation,
  defineOrchestration,
  type ActivityContext,
  type OrchestrationContext,
} from 'durable-entities';

// #region code
@Entity({ effects: 'none' })
export class Account {
  plan: 'trial' | 'paid' | 'closed' = 'trial';

  @Operation()
  async pay(): Promise<void> {
    if (this.plan === 'closed') throw new RangeError('the account is closed');
    this.plan = 'paid';
  }

  @Operation()
  async close(): Promise<void> {
    this.plan = 'closed';
  }
}

export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly text: string;
}

export class MailServer {
  async send(mail: Mail): Promise<void> {
    throw new Error(`There is no mail server in this program: ${mail.to}`);
  }
}

@Activity()
export class SendMail {
  constructor(private readonly server: MailServer) {}

  async run(_context: ActivityContext, mail: Mail): Promise<void> {
    await this.server.send(mail);
  }
}

/** A trial of 14 days, with a reminder after a week and at its end. */
export async function runTrial(context: OrchestrationContext, name: string): Promise<'paid' | 'closed'> {
  const account = context.createEntityProxy(Account, name);
  for (const text of ['seven days left', 'the trial is over']) {
    const paid = await context.waitForExternalEvent('paid', { timeout: '7 days' }).then(
      () => true,
      () => false,
    );
    if (paid) {
      await account.pay();
      return 'paid';
    }
    const mail: Mail = { id: `${context.instanceId}: ${text}`, to: name, text };
    await context.callActivity(SendMail, mail, { retry: { maxAttempts: 3, firstRetryInterval: '1 hour' } });
  }
  await account.close();
  return 'closed';
}
export const trial = defineOrchestration('Trial', runTrial);
// #endregion
