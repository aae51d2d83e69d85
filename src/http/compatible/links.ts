/** Management URLs of an orchestration instance, as answers to a start hold them. No URL holds a key. */

/** The path of the API in Azure, which clients put behind the origin of a server. */
export const azureBasePath = '/runtime/webhooks/durabletask';

/** The task hub and the connection that a request names. They have no meaning here, and stand in URLs because clients look for them. */
export interface NamedHub {
  readonly taskHub: string | undefined;
  readonly connection: string | undefined;
}

const defaultTaskHub = 'DurableEntities';
const defaultConnection = 'Storage';

export interface ManagementLinks {
  readonly id: string;
  readonly statusQueryGetUri: string;
  readonly sendEventPostUri: string;
  readonly terminatePostUri: string;
  readonly purgeHistoryDeleteUri: string;
  readonly restartPostUri: string;
  readonly suspendPostUri: string;
  readonly resumePostUri: string;
}

/** @param base URL of the API, without a slash at its end */
export function managementLinks(base: string, instanceId: string, hub: NamedHub): ManagementLinks {
  const instance = `${base}/instances/${encodeURIComponent(instanceId)}`;
  const query = hubQuery(hub);
  return {
    id: instanceId,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}

/** A query always follows: clients append their parameters with `&`. */
export function hubQuery({ taskHub, connection }: NamedHub): string {
  return `taskHub=${encodeURIComponent(taskHub ?? defaultTaskHub)}&connection=${encodeURIComponent(connection ?? defaultConnection)}`;
}

/** The URL of a status request, for its own `Location`: the same parameters without the key. */
export function statusLocation(base: string, instanceId: string, query: URLSearchParams): string {
  const kept = new URLSearchParams([...query].filter(([name]) => name.toLowerCase() !== 'code'));
  const text = kept.toString();
  return `${base}/instances/${encodeURIComponent(instanceId)}${text === '' ? '' : `?${text}`}`;
}
