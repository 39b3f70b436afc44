/** What a plan does to one object. */
export interface ResourceChange {
  readonly address: string;
  /** The address that it had before a `moved` block. */
  readonly previousAddress?: string;
  /** The key of an object that was replaced but not deleted by an earlier run. */
  readonly deposed?: string;
  readonly type: string;
  readonly actions: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
  readonly afterUnknown: unknown;
  readonly beforeSensitive: unknown;
  readonly afterSensitive: unknown;
  readonly importing: boolean;
}
