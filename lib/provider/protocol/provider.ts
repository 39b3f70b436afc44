import type { Schema } from './schema';
import type { ObjectValue } from './values';

/** A step into a value: the name of an attribute, or the key of a map. */
export type AttributePath = readonly (string | { readonly key: string } | { readonly index: number })[];

/** What is told about a configuration or a host, at an attribute where it belongs to one. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** One line: the value that was got, what was expected, the next thing to do. */
  readonly summary: string;
  readonly detail?: string;
  readonly attribute?: AttributePath;
}

/** What Terraform keeps beside a resource's state and shows to nobody. */
export type PrivateState = Buffer;

/** A resource as Terraform has it. */
export interface ResourceState {
  /** `null` when there is none. */
  readonly state: ObjectValue | null;
  readonly private: PrivateState;
}

/** What Terraform asks a plan of. */
export interface PlanRequest {
  /** The state, refreshed; `null` for one that is to be made. */
  readonly prior: ObjectValue | null;
  readonly priorPrivate: PrivateState;
  /** The configuration with what is computed filled in from the state; `null` for one that is to be destroyed. */
  readonly proposed: ObjectValue | null;
  /** The configuration as it is written, unknown values included; `null` for one that is to be destroyed. */
  readonly config: ObjectValue | null;
}

/** What becomes of a resource. */
export interface PlanResponse {
  /** `null` for one that is to be destroyed. */
  readonly planned: ObjectValue | null;
  /** The attributes whose change makes Terraform destroy the resource and make it anew. */
  readonly requiresReplace?: readonly AttributePath[];
  readonly private?: PrivateState;
  readonly diagnostics?: readonly Diagnostic[];
}

/** What Terraform asks to be done. */
export interface ApplyRequest {
  readonly prior: ObjectValue | null;
  /** `null` for one that is to be destroyed; otherwise what was planned, with unknown values left. */
  readonly planned: ObjectValue | null;
  readonly config: ObjectValue | null;
  readonly plannedPrivate: PrivateState;
  /** Aborted when Terraform asks the provider to stop: finish or undo the step under way, begin no other. */
  readonly signal: AbortSignal;
}

/** What was done; with an error, `state` is what there is all the same, so that nothing is lost. */
export interface ApplyResponse extends ResourceState {
  readonly diagnostics?: readonly Diagnostic[];
}

/** An answer with what there is to say of it. */
export interface Read extends ResourceState {
  readonly diagnostics?: readonly Diagnostic[];
}

/** A managed resource of a provider that is configured with `Configuration`. */
export interface ResourceType<Configuration> {
  readonly schema: Schema;
  /** Looks at a configuration without a host; unknown values may stand anywhere. */
  validate(config: ObjectValue): readonly Diagnostic[];
  read(current: ResourceState, configuration: Configuration): Promise<Read>;
  plan(request: PlanRequest, configuration: Configuration): Promise<PlanResponse>;
  apply(request: ApplyRequest, configuration: Configuration): Promise<ApplyResponse>;
  /** Finds a resource by the ID that `terraform import` is given. */
  import(id: string, configuration: Configuration): Promise<Read>;
}

/** A data source of a provider that is configured with `Configuration`. */
export interface DataSourceType<Configuration> {
  readonly schema: Schema;
  validate(config: ObjectValue): readonly Diagnostic[];
  read(
    config: ObjectValue,
    configuration: Configuration,
  ): Promise<{ readonly state: ObjectValue | null; readonly diagnostics?: readonly Diagnostic[] }>;
}

/** A provider: what the protocol's server calls, and all that it knows of. */
export interface ProviderDefinition<Configuration> {
  readonly schema: Schema;
  readonly resources: Readonly<Record<string, ResourceType<Configuration>>>;
  readonly dataSources: Readonly<Record<string, DataSourceType<Configuration>>>;
  validate(config: ObjectValue): readonly Diagnostic[];
  /** Called once a process, before any resource is read, planned or applied. */
  configure(
    config: ObjectValue,
    terraformVersion: string,
  ): Promise<{ readonly configuration?: Configuration; readonly diagnostics?: readonly Diagnostic[] }>;
  /** Ends what the configuration holds open; called once, when nothing is under way any more. */
  close(configuration: Configuration): Promise<void>;
}
