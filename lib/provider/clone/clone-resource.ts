import { recallBases } from '../base/record';
import type { Configuration } from '../configuration';
import { errorAt, warningAt } from '../diagnostics';
import { withoutHalfMade } from '../host/half-made';
import { text } from '../known';
import type { PlanRequest, PlanResponse, ResourceType } from '../protocol/provider';
import { cloneSchema } from '../schema/clone';
import { applyClone } from './apply';
import { cloneStateOf } from './clone-config';
import { changesOf } from './changes';
import { importClone } from './import';
import { planClone } from './plan';
import { readClone } from './read';
import { validateClone } from './validate';

/** The names of clones that are to be made, of each configuration: a second one of a name would take over the first. */
const named = new WeakMap<Configuration, Set<string>>();

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
  { prior, config, proposed }: PlanRequest,
  configuration: Configuration,
): Promise<PlanResponse> {
  const state = prior === null ? null : cloneStateOf(prior);
  if (config === null || proposed === null) {
    const { purged } = changesOf(state, null);
    return {
      planned: null,
      diagnostics:
        purged.length === 0
          ? []
          : [
              warningAt(
                `data_on_destroy = "purge": destroying clone ${state!.name} deletes ${purged.join(', ')} for good`,
                ['data_on_destroy'],
              ),
            ],
    };
  }
  const name = text(config['name']);
  if (state === null && name !== undefined && isNamedTwice(name, configuration))
    return {
      planned: proposed,
      diagnostics: [
        errorAt(
          `two clones are called ${JSON.stringify(name)}: expected a name of its own for each on this host`,
          ['name'],
        ),
      ],
    };
  const bases = [text(config['base']), text(config['retain'])].filter((base) => base !== undefined);
  await recallBases(bases, configuration);
  const facts = { ...configuration, listing: withoutHalfMade(await configuration.listing.read()) };
  return planClone({ prior: state, config, facts });
}

function isNamedTwice(name: string, configuration: Configuration): boolean {
  const names = named.get(configuration) ?? new Set();
  named.set(configuration, names);
  if (names.has(name)) return true;
  names.add(name);
  return false;
}
