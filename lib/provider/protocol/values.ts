/** A value that is only known after apply. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/** A value of Terraform's type system; objects and maps are plain objects. */
export type Value =
  null | typeof UNKNOWN | string | number | boolean | readonly Value[] | { readonly [name: string]: Value };

/** An object of Terraform's type system. */
export interface ObjectValue {
  readonly [name: string]: Value;
}
