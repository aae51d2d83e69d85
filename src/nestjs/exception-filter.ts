/** Answers HTTP requests that end with an error of this package: a status for each code, and the code, message and hint as body. */
import { Catch, HttpException, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { DurableError, httpStatusOf } from '../errors/index.js';

/**
 * For `app.useGlobalFilters(new DurableExceptionFilter(app.getHttpAdapter()))`, or as a provider of APP_FILTER. The statuses are those of
 * `httpStatusOf`. Other errors, and contexts without HTTP, are left to Nest.
 */
export class DurableExceptionFilter extends BaseExceptionFilter {
  override catch(error: DurableError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const statusCode = httpStatusOf(error);
    const { code, message, hint } = error;
    if (statusCode === 503) {
      const adapter = this.httpAdapterHost?.httpAdapter ?? this.applicationRef;
      adapter?.setHeader?.(host.switchToHttp().getResponse(), 'retry-after', '1');
    }
    super.catch(new HttpException({ statusCode, code, message, hint }, statusCode, { cause: error }), host);
  }
}
Catch(DurableError)(DurableExceptionFilter);
