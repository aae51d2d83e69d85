/** Names of the options that the contexts, the client and the testing kit share. */
import type { OptionNames } from '../model/options.js';
import type { AttemptOptions, RetryPolicy, StartOptions, SubOrchestrationOptions } from './call-options.js';

export const attemptOptions: OptionNames<AttemptOptions> = { timeout: true, retry: true };

export const retryOptions: OptionNames<RetryPolicy> = {
  maxAttempts: true,
  firstRetryInterval: true,
  backoffCoefficient: true,
  maxRetryInterval: true,
  retryTimeout: true,
  shouldRetry: true,
};

export const startOptions: OptionNames<StartOptions> = {
  input: true,
  instanceId: true,
  version: true,
  scheduledTime: true,
  whenEnded: true,
  tags: true,
  customStatus: true,
};

export const subOrchestrationOptions: OptionNames<SubOrchestrationOptions> = {
  instanceId: true,
  version: true,
  whenEnded: true,
  tags: true,
  timeout: true,
  retry: true,
};
