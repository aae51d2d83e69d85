import { Exclude } from 'class-transformer';
import { inject } from 'inversify';
import { Entity, Operation } from 'durable-entities'; // in your program: from 'durable-entities'
import { HttpClientFactory, type HttpClient } from './http-client.js';

/** Calls the web, and counts what it was answered. */
@Entity()
export class HttpEntity {
  answersByStatus = new Map<number, number>();

  // What was injected is never stored; this was made from it, so it has to be said.
  @Exclude()
  private readonly client: HttpClient;

  constructor(@inject(HttpClientFactory) factory: HttpClientFactory) {
    this.client = factory.createClient();
  }

  /** The entity's next operation waits for the answer: give such calls an end. */
  @Operation()
  async get(url: string): Promise<number> {
    const { status } = await this.client.get(url, Entity.current.signal);
    this.answersByStatus.set(status, (this.answersByStatus.get(status) ?? 0) + 1);
    return status;
  }
}
