import { UserError } from '../../model/user-error';
import type { Configured } from './configured';
import { diagnosticMessages, diagnosticOf, pathMessage } from './diagnostics';
import { readObject, writtenValue } from './dynamic-value';
import type { LifeCycle } from './life-cycle';
import { logError } from './log';
import type { Diagnostic, ResourceType } from './provider';
import type { Calls, Request } from './requests';
import type { ValueType } from './value-type';
import { typeOfSchema } from './value-type';

/** A managed resource, with the type of its values. */
interface Served<Configuration> {
  readonly name: string;
  readonly resource: ResourceType<Configuration>;
  readonly type: ValueType;
}

/** The calls of the protocol for managed resources. */
export function resourceCalls<Configuration>(
  resources: Readonly<Record<string, ResourceType<Configuration>>>,
  configured: Configured<Configuration>,
  life: LifeCycle,
): Calls {
  const all = new Map(
    Object.entries(resources).map(([name, resource]): [string, Served<Configuration>] => [
      name,
      { name, resource, type: typeOfSchema(resource.schema) },
    ]),
  );
  const served = (name: string): Served<Configuration> => {
    const found = all.get(name);
    if (found) return found;
    throw new UserError(
      `the provider regraft has no resource ${JSON.stringify(name)}, only ${[...all.keys()].join(', ')}`,
    );
  };

  return {
    ValidateResourceConfig: ({ type_name, config }) => {
      const { resource, type } = served(type_name);
      return {
        diagnostics: diagnosticMessages(resource.validate(readObject(config, type) ?? {}), resource.schema),
      };
    },
    UpgradeResourceState: (request) => upgrade(request, served(request.type_name)),
    ReadResource: async ({ type_name, current_state, private: kept }) => {
      const { resource, type } = served(type_name);
      const current = { state: readObject(current_state, type), private: kept };
      const read = await resource.read(current, configured.get());
      return {
        new_state: writtenValue(read.state, type),
        private: read.private,
        diagnostics: diagnosticMessages(read.diagnostics, resource.schema),
      };
    },
    PlanResourceChange: async (request) => {
      const { resource, type } = served(request.type_name);
      const {
        planned,
        requiresReplace = [],
        ...told
      } = await resource.plan(
        {
          prior: readObject(request.prior_state, type),
          priorPrivate: request.prior_private,
          proposed: readObject(request.proposed_new_state, type),
          config: readObject(request.config, type),
        },
        configured.get(),
      );
      return {
        planned_state: writtenValue(planned, type),
        requires_replace: requiresReplace.map(pathMessage),
        planned_private: told.private ?? request.prior_private,
        diagnostics: diagnosticMessages(told.diagnostics, resource.schema),
      };
    },
    ApplyResourceChange: async (request) => {
      if (life.signal.aborted) return unchanged(request, STOPPED);
      try {
        return await life.step(() =>
          apply(request, served(request.type_name), configured.get(), life.signal),
        );
      } catch (error) {
        logError(error);
        return unchanged(request, diagnosticOf(error));
      }
    },
    ImportResourceState: async ({ type_name, id }) => {
      const { resource, type } = served(type_name);
      const { state, private: kept, diagnostics = [] } = await resource.import(id, configured.get());
      if (state === null && !diagnostics.some(({ severity }) => severity === 'error')) {
        throw new UserError(`there is no ${type_name} with the ID ${JSON.stringify(id)} to import`);
      }
      return {
        imported_resources:
          state === null ? [] : [{ type_name, state: writtenValue(state, type), private: kept }],
        diagnostics: diagnosticMessages(diagnostics),
      };
    },
    MoveResourceState: ({ source_type_name, target_type_name }) => {
      throw new UserError(
        `a ${source_type_name} cannot be moved to a ${target_type_name}: import what it stands for instead`,
      );
    },
  };
}

const STOPPED: Diagnostic = {
  severity: 'error',
  summary: 'not begun, as the apply was cancelled: apply again to go on',
};

/** An answer that leaves a resource as it was: without a state Terraform would take it for gone. */
function unchanged({ prior_state, planned_private }: Request, diagnostic: Diagnostic): object {
  return {
    new_state: prior_state,
    private: planned_private,
    diagnostics: diagnosticMessages([diagnostic]),
  };
}

async function apply<Configuration>(
  request: Request,
  { resource, type }: Served<Configuration>,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<object> {
  const applied = await resource.apply(
    {
      prior: readObject(request.prior_state, type),
      planned: readObject(request.planned_state, type),
      config: readObject(request.config, type),
      plannedPrivate: request.planned_private,
      signal,
    },
    configuration,
  );
  return {
    new_state: writtenValue(applied.state, type),
    private: applied.private,
    diagnostics: diagnosticMessages(applied.diagnostics, resource.schema),
  };
}

/** The state as it was kept, in the present schema. */
function upgrade<Configuration>(
  { version, raw_state }: Request,
  { name, resource, type }: Served<Configuration>,
): object {
  if (version > resource.schema.version) {
    throw new UserError(
      `the state of a ${name} has version ${version}, expected at most ${resource.schema.version}: use the newer provider regraft that wrote it`,
    );
  }
  if (!raw_state?.json.length) {
    throw new UserError(
      `the state of a ${name} has no JSON, expected a state that Terraform 0.12 or later wrote`,
    );
  }
  return {
    upgraded_state: writtenValue(readObject({ json: raw_state.json }, type, { lenient: true }), type),
  };
}
