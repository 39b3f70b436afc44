import type { DynamicValue } from './dynamic-value';

/** A request of the protocol: the fields that the calls have, each of them some. */
export interface Request {
  readonly type_name: string;
  readonly terraform_version: string;
  readonly id: string;
  readonly version: number;
  readonly raw_state: { readonly json: Buffer; readonly flatmap: Readonly<Record<string, string>> } | null;
  readonly config: DynamicValue | null;
  readonly current_state: DynamicValue | null;
  readonly prior_state: DynamicValue | null;
  readonly proposed_new_state: DynamicValue | null;
  readonly planned_state: DynamicValue | null;
  readonly private: Buffer;
  readonly prior_private: Buffer;
  readonly planned_private: Buffer;
  readonly source_type_name: string;
  readonly target_type_name: string;
}

/** What answers the calls of the protocol, by their names; an exception becomes a diagnostic. */
export type Calls = Readonly<Record<string, (request: Request) => object | Promise<object>>>;
