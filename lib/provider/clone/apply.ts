import { UserError } from '../../model/user-error';
import { patiently } from '../../operations/power/patience';
import type { Configuration } from '../configuration';
import { problemAt, warningAt } from '../diagnostics';
import type { HostListing } from '../host/host-listing';
import type { ApplyRequest, ApplyResponse, Diagnostic } from '../protocol/provider';
import type { ObjectValue } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import { cloneStateOf } from './clone-config';
import type { CloneState, CloneVolumeState } from './clone-state';
import { Convergence } from './converge';
import { destroyClone } from './destroy';
import { volumePaths } from './paths';
import { noteMade, wasMade } from './planned-clones';

const NONE = Buffer.alloc(0);

/** Makes, changes or destroys a clone. */
export async function applyClone(
  { prior: before, planned: after, signal }: ApplyRequest,
  configuration: Configuration,
): Promise<ApplyResponse> {
  const prior = before === null ? null : cloneStateOf(before);
  if (after === null) {
    return wasMade(prior!.name, configuration)
      ? { state: null, private: NONE, diagnostics: [stays(prior!)] }
      : destroyClone(prior!, configuration, signal);
  }
  const planned = withoutUnknown(after);
  const convergence = new Convergence(prior, planned, configuration, signal);
  try {
    await convergence.run();
  } catch (error) {
    const diagnostics = [...warnings(convergence), problemAt(error)];
    const left = prior === null ? await partial(planned, configuration) : before;
    return { state: left, private: NONE, diagnostics };
  }
  const { listing } = configuration;
  if (prior === null) noteMade(planned.name, configuration);
  return {
    state: valueOf(await withSizes(planned, after, listing)),
    private: NONE,
    diagnostics: warnings(convergence),
  };
}

/** Terraform destroys what it has replaced afterwards (`create_before_destroy`), and that is the same machine. */
function stays({ name }: CloneState): Diagnostic {
  return warningAt(
    `clone ${name} is not destroyed, since this apply has made it: leave out create_before_destroy`,
  );
}

function warnings(convergence: Convergence): Diagnostic[] {
  return convergence.warnings.map((text) => warningAt(text));
}

/**
 * What there is of a clone that was not made to its end; `null` when there is nothing.
 *
 * Terraform destroys it before it makes it anew, so that its data is kept whatever was asked for: it may have been there
 * before.
 */
async function partial(planned: CloneState, { listing }: Configuration): Promise<ObjectValue | null> {
  const { volumes, machines } = await listing.read();
  const isThere = machines.has(planned.name) || volumePaths(planned).some((path) => volumes.has(path));
  return isThere ? valueOf({ ...planned, data_on_destroy: 'keep' }) : null;
}

/**
 * What was planned, with `null` where only the host or a seed knows a size.
 *
 * @throws UserError when more is unknown, which Terraform fills in before it applies
 */
function withoutUnknown(value: ObjectValue): CloneState {
  const state = cloneStateOf(value);
  const volumes = Object.entries(state.volumes).map(([name, volume]): [string, CloneVolumeState] => [
    name,
    (volume.size as unknown) === UNKNOWN ? { ...volume, size: null } : volume,
  ]);
  const settled = { ...state, volumes: Object.fromEntries(volumes) };
  const open = unknownIn(settled as unknown as ObjectValue);
  if (open !== undefined)
    throw new UserError(`${open} of clone ${state.name} is not known at apply: report this to regraft`);
  return settled;
}

function unknownIn(value: unknown, name = ''): string | undefined {
  if (value === UNKNOWN) return name;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, one] of Object.entries(value)) {
    const found = unknownIn(one, name === '' ? key : `${name}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A state with the sizes that the plan could not know. */
async function withSizes(state: CloneState, planned: ObjectValue, listing: HostListing): Promise<CloneState> {
  const were = cloneStateOf(planned).volumes;
  const isOpen = (name: string): boolean => (were[name]!.size as unknown) === UNKNOWN;
  const open = Object.entries(state.volumes).flatMap(([name, { path }]) =>
    isOpen(name) ? (path ?? []) : [],
  );
  const facts = await patiently(() => listing.facts(open));
  const volumes = Object.entries(state.volumes).map(([name, volume]): [string, CloneVolumeState] => [
    name,
    isOpen(name) ? { ...volume, size: facts.get(volume.path ?? '')?.capacity ?? null } : volume,
  ]);
  return { ...state, volumes: Object.fromEntries(volumes) };
}

/** A clone for Terraform. */
export function valueOf(state: CloneState): ObjectValue {
  return state as unknown as ObjectValue;
}
