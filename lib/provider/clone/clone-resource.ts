import { recallBases } from '../base/record';
import type { Configuration } from '../configuration';
import { errorAt } from '../diagnostics';
import { withoutHalfMade } from '../host/half-made';
import { withVolumeFacts } from '../host/volume-facts';
import { text } from '../known';
import type { Diagnostic, PlanRequest, PlanResponse, ResourceType } from '../protocol/provider';
import type { ObjectValue } from '../protocol/values';
import { cloneSchema } from '../schema/clone';
import { applyClone } from './apply';
import { cloneStateOf } from './clone-config';
import type { CloneState } from './clone-state';
import { importClone } from './import';
import { planClone, planDestruction } from './plan';
import { tellOfReplacement, withoutClone, withoutNames } from './plan-replacement';
import { claimNames, knownClone, noteKnown, wasMade } from './planned-clones';
import { readClone } from './read';
import { validateClone } from './validate';

/** What Terraform gives back when it asks for the plan of a resource again that it replaces, without its state. */
const PLANNED = Buffer.from('planned');

/** `regraft_clone`. */
export const cloneResource: ResourceType<Configuration> = {
  schema: cloneSchema,
  validate: validateClone,
  read: readClone,
  plan: planOf,
  apply: applyClone,
  import: importClone,
};

async function planOf(
  { prior, priorPrivate, config, proposed }: PlanRequest,
  configuration: Configuration,
): Promise<PlanResponse> {
  const state = prior === null ? null : cloneStateOf(prior);
  const isReplaced = state === null && priorPrivate.equals(PLANNED);
  const name = config === null ? undefined : text(config['name']);
  // The object that `create_before_destroy` has set aside is asked for in the apply.
  const isSetAside = config === null && wasMade(state!.name, configuration);
  const taken = isReplaced || isSetAside ? undefined : claimNames(namesOf(state, config), configuration);
  if (taken !== undefined) return { planned: proposed, diagnostics: [twice(taken)] };
  const listing = withoutHalfMade(await configuration.listing.read());
  if (config === null || proposed === null)
    return { planned: null, diagnostics: planDestruction(state!, { listing }) };
  // One of that name that is in the state is tainted, or replaced: it is destroyed before this one is made.
  const former = state === null && name !== undefined ? knownClone(name, configuration) : undefined;
  const gone = former ?? (state !== null && state.name !== name ? state : undefined);
  const bases = [text(config['base']), text(config['retain'])].filter((base) => base !== undefined);
  await recallBases(bases, configuration);
  const facts = { ...configuration, listing: gone === undefined ? listing : withoutClone(listing, gone) };
  const plan = await withVolumeFacts(configuration.listing, (lookUp) =>
    planClone({ prior: state, config, facts: { ...facts, lookUp } }),
  );
  if (state !== null) noteKnown(state, configuration);
  if (former !== undefined)
    return {
      planned: withoutNames(plan.planned),
      diagnostics: [...tellOfReplacement(former, listing), ...plan.diagnostics],
    };
  return { ...plan, ...(state === null ? {} : { private: PLANNED }) };
}

/** The names that a resource has now and is to have; one that is retired and stays so leaves its name to others. */
function namesOf(state: CloneState | null, config: ObjectValue | null): Set<string> {
  if (state?.retired === true && config?.['retired'] === true) return new Set();
  const name = text(config?.['name']);
  return new Set([...(state === null ? [] : [state.name]), ...(name === undefined ? [] : [name])]);
}

function twice(name: string): Diagnostic {
  return errorAt(
    `two clones are called ${JSON.stringify(name)} in the configuration or the state, and one would take the machine of the other: give each a name of its own on this host; where only an address has changed, say so in a \`moved\` block; where a replacement broke off that had create_before_destroy, take the clone out of the state (terraform state rm) and import it`,
    ['name'],
  );
}
