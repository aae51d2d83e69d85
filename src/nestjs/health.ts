/** Health of a task hub, in the shape of `@nestjs/terminus` 11 and newer. */
import type { DurableRuntime } from './runtime.js';

/** Result of a health check: `up` if the host serves its clients now. */
export type DurableHealthResult = Record<
  string,
  { readonly status: 'up' | 'down'; readonly role?: string; readonly message?: string }
>;

/**
 * Health indicator for `HealthCheckService.check`: `() => durable.isHealthy('durable')`. `up` while the host serves its clients: an active
 * host whose lease is certain, or a standby.
 */
export class DurableHealthIndicator {
  constructor(private readonly runtime: DurableRuntime) {}

  isHealthy(key = 'durable'): DurableHealthResult {
    if (!this.runtime.running) return { [key]: { status: 'down', message: 'The task hub is not open.' } };
    let host;
    try {
      host = this.runtime.host;
    } catch {
      return { [key]: { status: 'up', role: 'client' } };
    }
    // A test host is there or not.
    if (!('status' in host)) return { [key]: { status: 'up', role: 'active' } };
    const { ready, role } = host.status();
    return { [key]: { status: ready ? 'up' : 'down', role } };
  }
}
