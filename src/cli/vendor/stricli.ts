/** The parser of arguments. It is bundled into this file when the package is packed, so the published files need no package for it. */
export {
  buildApplication,
  buildCommand,
  buildRouteMap,
  numberParser,
  proposeCompletions,
  run,
  text_en as englishText,
} from '@stricli/core';
export type {
  Application,
  ApplicationText,
  Command,
  CommandContext,
  FlagParametersForType,
  RouteMap,
  StricliProcess,
  TypedPositionalParameters,
} from '@stricli/core';
