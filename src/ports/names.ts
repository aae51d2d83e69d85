/** The names that a task hub knows. */
export interface Names {
  knows(kind: 'entity' | 'orchestration' | 'activity', name: string): boolean;
  list(kind: 'entity' | 'orchestration' | 'activity'): string[];
}
