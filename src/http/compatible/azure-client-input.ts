/** The input of an Azure client: all that `durable-functions` needs to speak to the compatible API of a server. */
import { InvalidArgumentError } from '../../errors/index.js';
import { quoted } from '../../errors/text.js';
import { checkFlag, checkOptions, type OptionNames } from '../../model/options.js';
import { azureBasePath, hubQuery } from './links.js';

/** Options of `azureClientInput`. */
export interface AzureClientOptions {
  /** The key (token) of the server. Default: no key. */
  readonly key?: string | undefined;
  /** The name of the task hub in URLs. It has no meaning for the server. Default: `'DurableEntities'`. */
  readonly taskHubName?: string | undefined;
  /**
   * Whether the client fills in URL templates, as old versions of Azure's extension make it. Then each URL that the client hands out holds the
   * key, and the client replaces the origin by `http://localhost:7071` unless the environment variable `WEBSITE_HOSTNAME` is set. Default:
   * `false`, the client builds its requests from `rpcBaseUrl`.
   */
  readonly templates?: boolean | undefined;
}

const optionNames: OptionNames<AzureClientOptions> = { key: true, taskHubName: true, templates: true };

/** Value that `context.extraInputs.get(input)` gives to `df.getClient(context)`. */
export interface AzureClientInput {
  readonly taskHubName: string;
  readonly creationUrls: {
    readonly createNewInstancePostUri: string;
    readonly createAndWaitOnNewInstancePostUri: string;
  };
  readonly managementUrls: {
    readonly id: string;
    readonly statusQueryGetUri: string;
    readonly sendEventPostUri: string;
    readonly terminatePostUri: string;
    readonly rewindPostUri: string;
    readonly purgeHistoryDeleteUri: string;
    readonly restartPostUri: string;
    readonly suspendPostUri: string;
    readonly resumePostUri: string;
  };
  readonly baseUrl: string;
  readonly requiredQueryStringParameters: string;
  readonly rpcBaseUrl?: string;
}

/** The text in templates that the client replaces by an instance id. */
const idPlaceholder = 'INSTANCEID';

/**
 * The input that points a `DurableClient` of the npm package `durable-functions` to a server of this package.
 * @param serverUrl URL under which the handler is mounted, e.g. `'http://127.0.0.1:7071'`
 * @throws InvalidArgumentError
 */
export function azureClientInput(serverUrl: string, options?: AzureClientOptions): AzureClientInput {
  const { key, taskHubName, templates } = checkOptions(options, optionNames);
  checkText(key, 'key');
  checkText(taskHubName, 'taskHubName');
  const usesTemplates = checkFlag(templates, 'templates') ?? false;
  const baseUrl = baseOf(serverUrl);
  const hub = hubQuery({ taskHub: taskHubName, connection: undefined });
  // Links that the client hands out hold the key only where the client has no other way to send it.
  const query = key === undefined || !usesTemplates ? hub : `${hub}&code=${encodeURIComponent(key)}`;
  const create = `${baseUrl}/orchestrators/{functionName}[/{instanceId}]`;
  const instance = `${baseUrl}/instances/${idPlaceholder}`;
  return {
    taskHubName: taskHubName ?? 'DurableEntities',
    creationUrls: {
      createNewInstancePostUri: `${create}?${query}`,
      createAndWaitOnNewInstancePostUri: `${create}?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&${query}`,
    },
    managementUrls: {
      id: idPlaceholder,
      statusQueryGetUri: `${instance}?${query}`,
      sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
      terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
      rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
      purgeHistoryDeleteUri: `${instance}?${query}`,
      restartPostUri: `${instance}/restart?${query}`,
      suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
      resumePostUri: `${instance}/resume?reason={text}&${query}`,
    },
    baseUrl,
    requiredQueryStringParameters: query,
    ...(!usesTemplates && { rpcBaseUrl: withKey(baseUrl, key) }),
  };
}

/** In this mode the client sends no `code`. A key in the user info of the URL arrives as `Authorization: Basic`. */
function withKey(baseUrl: string, key: string | undefined): string {
  const url = new URL(`${baseUrl}/`);
  if (key !== undefined) {
    url.username = 'key';
    url.password = encodeURIComponent(key);
  }
  return url.href;
}

function baseOf(serverUrl: string): string {
  const url = typeof serverUrl === 'string' ? parsed(serverUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new InvalidArgumentError(
      'serverUrl',
      `${quoted(serverUrl)} is not the URL of a server`,
      'Give http://127.0.0.1:7071 or the like, and the key as an option.',
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, '') + azureBasePath;
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function checkText(given: unknown, argument: string): void {
  if (given === undefined || (typeof given === 'string' && given !== '')) return;
  throw new InvalidArgumentError(
    argument,
    `${quoted(given)} is not a text`,
    'Give a text that is not empty, or omit it.',
  );
}
