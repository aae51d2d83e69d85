/** Types of files of class-transformer that its own typings omit. */
declare module 'class-transformer/cjs/storage.js' {
  import type { MetadataStorage } from 'class-transformer/types/MetadataStorage.js';
  export const defaultMetadataStorage: MetadataStorage;
}

declare module 'class-transformer/cjs/enums/index.js' {
  export { TransformationType } from 'class-transformer';
}
