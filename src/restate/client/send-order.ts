/**
 * Keeps the order of the messages of this client to each target. The ingress promises no order between two requests that are under way at the
 * same time, so a message is sent when the one before it has been accepted.
 */
interface Last {
  /** Resolves when the message has been accepted. Called when another message follows. */
  readonly accepted: () => Promise<unknown>;
}

export class SendOrder {
  private readonly lasts = new Map<string, Last>();

  /**
   * Sends a message after those before it.
   * @param send resolves with the answer
   * @param accept resolves when Restate has accepted the message, which `send` may tell much later. Absent if `send` resolves then
   */
  inOrder<T>(target: string, send: () => Promise<T>, accept?: () => Promise<unknown>): Promise<T> {
    const before = this.lasts.get(target);
    const sent = before === undefined ? send() : settled(before.accepted()).then(send);
    const ended = settled(sent);
    let acceptance: Promise<unknown> | undefined;
    const accepted = () =>
      (acceptance ??=
        accept === undefined
          ? ended
          : Promise.race([ended, before === undefined ? settled(accept()) : settled(before.accepted()).then(accept)]));
    const last: Last = { accepted };
    this.lasts.set(target, last);
    void ended.then(() => {
      if (this.lasts.get(target) === last) this.lasts.delete(target);
    });
    return sent;
  }
}

function settled(promise: Promise<unknown>): Promise<void> {
  return promise.then(
    () => {},
    () => {},
  );
}
