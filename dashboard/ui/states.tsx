/** What stands in the place of data: loading, nothing there, and a refused or failed request. */
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client.js';

export function Loading() {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">Loading</span>
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <div class="muted">{children}</div>}
    </div>
  );
}

export function Problem({ error }: { readonly error: ApiError }) {
  return (
    <div class="problem" role="alert">
      <p>{error.message}</p>
      {error.hint !== '' && <p class="muted">{error.hint}</p>}
      <p class="mono muted">{error.code}</p>
    </div>
  );
}
