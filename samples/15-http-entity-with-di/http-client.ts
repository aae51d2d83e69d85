import { injectable, type ServiceIdentifier } from 'inversify';

export interface HttpClient {
  /** @throws if no answer arrives within two seconds, or `signal` is aborted before */
  get(url: string, signal: AbortSignal): Promise<{ readonly status: number }>;
}

export interface HttpClientFactory {
  createClient(): HttpClient;
}

/** The token of the interface at run time, because TypeScript erases interfaces. */
export const HttpClientFactory: ServiceIdentifier<HttpClientFactory> = Symbol('HttpClientFactory');

@injectable()
export class FetchClientFactory implements HttpClientFactory {
  createClient(): HttpClient {
    return {
      async get(url, signal) {
        const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) });
        await response.body?.cancel();
        return { status: response.status };
      },
    };
  }
}
