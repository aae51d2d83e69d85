import { Exclude } from 'class-transformer';
import { inject } from 'inversify';
import { Entity, Operation } from 'durable-entities';
import { HttpClientFactory, type HttpClient } from './http-client.js';

/** Sends HTTP requests, and counts the answers. */
@Entity()
export class HttpEntity {
  answersByStatus = new Map<number, number>();

  // Injected values are never stored. The class made this object from one, so it needs the decorator.
  @Exclude()
  private readonly client: HttpClient;

  constructor(@inject(HttpClientFactory) factory: HttpClientFactory) {
    this.client = factory.createClient();
  }

  /** The next operation of the entity waits for the answer, so the request has a time limit. */
  @Operation()
  async get(url: string): Promise<number> {
    const { status } = await this.client.get(url, Entity.current.signal);
    this.answersByStatus.set(status, (this.answersByStatus.get(status) ?? 0) + 1);
    return status;
  }
}
