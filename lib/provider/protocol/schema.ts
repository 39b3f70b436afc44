/** The type of an attribute that is no nested object. */
export type AttributeType = 'string' | 'number' | 'bool' | readonly ['list' | 'map', 'string' | 'number'];

/** Attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** One attribute; of `required`, `optional` and `computed` at least one is set. */
export interface Attribute {
  /** What it is, in the words of the registry's documentation (Markdown, one or more sentences). */
  readonly description: string;
  /** Left out for an attribute with `attributes`. */
  readonly type?: AttributeType;
  /** The attributes of a nested object, and how many of them there are. */
  readonly nested?: { readonly nesting: 'single' | 'map' | 'list'; readonly attributes: Attributes };
  readonly required?: true;
  readonly optional?: true;
  readonly computed?: true;
  readonly sensitive?: true;
}

/** The schema of a provider, a resource or a data source. */
export interface Schema {
  readonly version: number;
  /** What it is, in the words of the registry's documentation (Markdown). */
  readonly description: string;
  readonly attributes: Attributes;
  /** Nested blocks that stand at most once (`storage { … }`), by name. */
  readonly blocks?: Readonly<
    Record<
      string,
      { readonly description: string; readonly attributes: Attributes; readonly required?: true }
    >
  >;
}
