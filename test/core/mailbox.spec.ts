/* oxlint-disable import/no-named-as-default-member -- as fast-check documents itself */
import { expect } from 'chai';
import fc from 'fast-check';
import { Mailbox } from '../../src/engines/sql/core/mailbox.js';
import { sameOwner, type MailboxMessage, type LockOwner } from '../../src/engines/sql/model/messages.js';

interface Mail {
  readonly number: number;
  readonly body: MailboxMessage;
}

let number = 0;
const owner = (name: string, section = 0): LockOwner => ({ instance: name, execution: 'e', section });
const operation = (by?: LockOwner): Mail => ({
  number: ++number,
  body: { kind: 'operation', operation: 'go', input: undefined, owner: by },
});
const lock = (by: LockOwner, at?: number, begunMs?: number): Mail => ({
  number: ++number,
  body: { kind: 'lock', owner: by, at, begunMs },
});
const release = (by: LockOwner): Mail => ({ number: ++number, body: { kind: 'release', owner: by } });

/** Takes what may run, as the engine does; returns the message. */
function run(mailbox: Mailbox<Mail>): Mail | undefined {
  if (mailbox.peek() === undefined) return undefined;
  const message = mailbox.take();
  if (message.body.kind === 'lock') mailbox.grant(message.body.owner);
  if (message.body.kind === 'release') mailbox.release();
  return message;
}

function runAll(mailbox: Mailbox<Mail>): number[] {
  const order = [];
  for (let message = run(mailbox); message !== undefined; message = run(mailbox)) order.push(message.number);
  return order;
}

describe('the mailbox of an entity', () => {
  it('the mailbox delivers messages in the order of arrival', () => {
    const mailbox = new Mailbox<Mail>();
    const mails = Array.from({ length: 3_000 }, () => operation());
    for (const mail of mails) mailbox.add(mail);
    expect(runAll(mailbox)).to.deep.equal(mails.map((mail) => mail.number));
    expect(mailbox.size).to.equal(0);
  });

  it('the mailbox grants a lock at the head, then delivers only messages of its owner', () => {
    const mailbox = new Mailbox<Mail>();
    const a = owner('a');
    const [first, asked, later, call, end] = [operation(), lock(a), operation(), operation(a), release(a)];
    for (const mail of [first, asked, later]) expect(mailbox.add(mail)).to.deep.equal([]);
    expect(run(mailbox)).to.equal(first);
    expect(run(mailbox)).to.equal(asked);
    expect(mailbox.holder).to.deep.equal(a);
    expect(run(mailbox), 'the holder has sent nothing yet').to.equal(undefined);
    mailbox.add(call);
    mailbox.add(end);
    expect(runAll(mailbox)).to.deep.equal([call.number, end.number, later.number]);
    expect(mailbox.holder).to.equal(undefined);
  });

  it('the mailbox removes a withdrawn message and keeps the order of the others', () => {
    const mailbox = new Mailbox<Mail>();
    const mails = Array.from({ length: 5 }, () => operation());
    for (const mail of mails) mailbox.add(mail);
    run(mailbox);
    mailbox.remove(mails[0] as Mail);
    mailbox.remove(mails[1] as Mail);
    mailbox.remove(mails[3] as Mail);
    mailbox.remove(operation());
    expect(mailbox.size).to.equal(2);
    expect(runAll(mailbox)).to.deep.equal([mails[2]?.number, mails[4]?.number]);
  });

  it('a release before the grant removes the lock request from the mailbox', () => {
    const mailbox = new Mailbox<Mail>();
    const [a, b] = [owner('a'), owner('b')];
    const [askedA, askedB, later] = [lock(a), lock(b), operation()];
    for (const mail of [askedA, askedB, later]) mailbox.add(mail);
    run(mailbox);
    const withdraws = release(b);
    expect(mailbox.add(withdraws)).to.have.ordered.members([askedB, withdraws]);
    mailbox.add(release(a));
    run(mailbox);
    expect(mailbox.holder).to.equal(undefined);
    expect(run(mailbox)).to.equal(later);
  });

  it('a lock request passes the requests of sections that began later, and no other message', () => {
    const mailbox = new Mailbox<Mail>();
    const end = release(owner('h'));
    mailbox.add(lock(owner('h'), 1));
    run(mailbox);
    const [late, other, later, last] = [lock(owner('b'), 20), operation(), lock(owner('c'), 30), lock(owner('d'), 40)];
    for (const mail of [late, other, later, last]) mailbox.add(mail);
    const [oldest, between, equal] = [lock(owner('a'), 50, 10), lock(owner('e'), 51, 35), lock(owner('f'), 52, 40)];
    for (const mail of [oldest, between, equal]) mailbox.add(mail);
    mailbox.add(end);
    const order = [];
    for (let message = run(mailbox); message !== undefined; message = run(mailbox)) {
      order.push(message);
      if (message.body.kind === 'lock') mailbox.add(release(message.body.owner));
    }
    expect(order.filter(({ body }) => body.kind !== 'release')).to.deep.equal([
      late,
      other,
      oldest,
      later,
      between,
      last,
      equal,
    ]);
  });

  it('a lock request of a section that began before all others is the first one', () => {
    const mailbox = new Mailbox<Mail>();
    mailbox.add(lock(owner('h'), 1));
    run(mailbox);
    const [b, a, c] = [lock(owner('b'), 20), lock(owner('a'), 30, 5), lock(owner('c'), 40, 3)];
    for (const mail of [b, a, c]) mailbox.add(mail);
    expect([...mailbox.all()]).to.deep.equal([c, a, b]);
    expect(mailbox.add(release(owner('a')))[0], 'a request that was passed can be taken back').to.equal(a);
    expect([...mailbox.all()]).to.deep.equal([c, b]);
  });

  it('no lock request passes one of version 0.1, which tells no time', () => {
    const mailbox = new Mailbox<Mail>();
    mailbox.add(lock(owner('h'), 1));
    run(mailbox);
    const [old, next] = [lock(owner('a')), lock(owner('b'), 40, 3)];
    for (const mail of [old, next]) mailbox.add(mail);
    expect([...mailbox.all()]).to.deep.equal([old, next]);
  });

  it('a release without a lock request changes nothing in the mailbox', () => {
    const mailbox = new Mailbox<Mail>();
    const [a, b] = [owner('a'), owner('b')];
    mailbox.add(lock(a));
    run(mailbox);
    const stray = release(b);
    expect(mailbox.add(stray)).to.deep.equal([stray]);
    expect(mailbox.holder).to.deep.equal(a);
    const otherSection = release(owner('a', 1));
    expect(mailbox.add(otherSection)).to.deep.equal([otherSection]);
    expect(mailbox.holder).to.deep.equal(a);
    expect(mailbox.size).to.equal(0);
  });

  it('the mailbox treats two releases of one lock as one', () => {
    const mailbox = new Mailbox<Mail>();
    const [a, b] = [owner('a'), owner('b')];
    for (const mail of [lock(a), lock(b)]) mailbox.add(mail);
    run(mailbox);
    mailbox.add(release(a));
    mailbox.add(release(a));
    runAll(mailbox);
    expect(mailbox.holder).to.deep.equal(b);
  });

  it('the mailbox puts reloaded messages of a lock owner behind the grant', () => {
    const mailbox = new Mailbox<Mail>();
    const a = owner('a');
    const [other, call, end] = [operation(), operation(a), release(a)];
    // The lock was granted before the crash: its holder is stored with the entity, and known before messages come.
    mailbox.grant(a);
    for (const mail of [other, call, end]) mailbox.add(mail);
    expect(runAll(mailbox)).to.deep.equal([call.number, end.number, other.number]);
  });

  it('the mailbox behaves like a simple list for every order of requests, calls and releases', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    let nowMs = 0;
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant({ kind: 'operation' as const, by: '' }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('lock' as const), by: fc.constantFrom(...names), ago: fc.nat(8) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('call' as const), by: fc.constantFrom(...names) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), by: fc.constantFrom(...names) }) },
      { weight: 4, arbitrary: fc.constant({ kind: 'run' as const, by: '' }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const mailbox = new Mailbox<Mail>();
        const model = new Naive();
        const order: number[] = [];
        // An orchestration asks once per section, calls while it holds, and releases once.
        const sections = new Map<string, { section: number; asked: boolean }>();
        const added = new Set<number>();
        const settled = new Set<number>();
        for (const each of steps) {
          const { kind, by } = each;
          nowMs++;
          if (kind === 'run') {
            const message = run(mailbox);
            expect(message?.number).to.equal(model.run()?.number);
            if (message !== undefined) order.push(message.number);
            continue;
          }
          const own = sections.get(by) ?? { section: 0, asked: false };
          sections.set(by, own);
          const mine = owner(by, own.section);
          const holds = mailbox.holder !== undefined && sameOwner(mailbox.holder, mine);
          let mail: Mail;
          if (kind === 'operation') mail = operation();
          else if (kind === 'lock') {
            if (own.asked) continue;
            own.asked = true;
            mail = lock(mine, nowMs, each.ago === 0 ? undefined : nowMs - each.ago);
          } else if (kind === 'call') {
            if (!holds) continue;
            mail = operation(mine);
          } else {
            if (!own.asked) continue;
            own.asked = false;
            own.section++;
            mail = release(mine);
          }
          added.add(mail.number);
          const done = mailbox.add(mail).map((each) => each.number);
          expect(done).to.deep.equal(model.add(mail).map((each) => each.number));
          for (const each of done) settled.add(each);
          expect(mailbox.size).to.equal(model.size);
          expect([...mailbox.all()].map((each) => each.number).toSorted((x, y) => x - y)).to.deep.equal(
            model.all().toSorted((x, y) => x - y),
          );
        }
        // Everybody lets go, and everything runs: nothing is lost, nothing runs twice, no lock is left.
        for (const [by, own] of sections)
          if (own.asked) for (const mail of mailbox.add(release(owner(by, own.section)))) settled.add(mail.number);
        let left = 1_000;
        while (mailbox.size > 0 && left-- > 0) {
          order.push(...runAll(mailbox));
        }
        expect(mailbox.holder).to.equal(undefined);
        expect(mailbox.size).to.equal(0);
        expect(new Set(order).size).to.equal(order.length);
        for (const each of added) expect(order.includes(each) || settled.has(each), `message ${each}`).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });
});

function begin({ body }: Mail): number {
  return body.kind === 'lock' ? (body.begunMs ?? body.at ?? 0) : 0;
}

/** One list; what may run is searched for each time. */
class Naive {
  private list: Mail[] = [];
  private holder: LockOwner | undefined;

  private isHolders({ body }: Mail): boolean {
    return this.holder !== undefined && body.owner !== undefined && sameOwner(body.owner, this.holder);
  }

  add(mail: Mail): Mail[] {
    const { body } = mail;
    if (body.kind === 'release' && !this.isHolders(mail)) {
      const asked = this.list.find((other) => other.body.kind === 'lock' && sameOwner(other.body.owner, body.owner));
      if (asked === undefined) return [mail];
      this.list = this.list.filter((other) => other !== asked);
      return [asked, mail];
    }
    // Behind everything that is not a request of a section that began later.
    const stays = this.list.findLastIndex((other) => begin(other) <= begin(mail));
    this.list.splice(body.kind === 'lock' ? stays + 1 : this.list.length, 0, mail);
    return [];
  }

  run(): Mail | undefined {
    const mail = this.holder === undefined ? this.list[0] : this.list.find((each) => this.isHolders(each));
    if (mail === undefined) return undefined;
    this.list = this.list.filter((other) => other !== mail);
    if (mail.body.kind === 'lock') this.holder = mail.body.owner;
    if (mail.body.kind === 'release') this.holder = undefined;
    return mail;
  }

  get size(): number {
    return this.list.length;
  }

  all(): number[] {
    return this.list.map((mail) => mail.number);
  }
}
