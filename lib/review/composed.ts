import { realAddress } from '../dialects/regraft/addresses';
import { innerChanges, ownedChanges } from '../dialects/regraft/changes';
import { innerObjects, isComposed } from '../dialects/regraft/objects';
import { MANIFEST_OUTPUT } from '../model/manifest';
import { effectOf } from './effect';
import type { Plan, ResourceChange } from './plan-json';

/**
 * A plan whose resources of regraft's own provider are opened: its changes, its drift and its state are those of the
 * machines and volumes in them, so that they are judged as the other providers' are.
 */
export function opened(plan: Plan, types: ReadonlyMap<string, string>): Plan {
  if (![...plan.changes, ...plan.drift].some(({ type }) => isComposed(type))) return plan;
  const declared = declaredAddresses(plan);
  const changes = ownedChanges(plan.changes.flatMap(innerChanges), declared);
  const prior = [...plan.prior].flatMap(([address, values]): [string, unknown][] => {
    const type = types.get(address) ?? '';
    return isComposed(type)
      ? innerObjects(address, type, values).map((one): [string, unknown] => [one.address, one.values])
      : [[address, values]];
  });
  const there = new Set(
    changes.flatMap(({ address, previousAddress = address }) => [address, previousAddress]),
  );
  return {
    ...plan,
    changes,
    drift: plan.drift.flatMap(innerChanges),
    // What another volume stands for is no object of its own.
    prior: new Map(
      prior.filter(
        ([address]) => realAddress(address) === address || there.has(address) || !isOpened(plan, address),
      ),
    ),
    inStateOnly: plan.changes
      .filter((change) => isInStateOnly(change, changes))
      .map(({ address }) => address),
  };
}

/** Whether the plan says anything of the resource that an inner object stands in. */
function isOpened({ changes }: Plan, address: string): boolean {
  const resource = realAddress(address);
  return changes.some((change) => change.address === resource || change.previousAddress === resource);
}

/** Whether a change is one of nothing that stands on a host. */
function isInStateOnly(change: ResourceChange, inner: readonly ResourceChange[]): boolean {
  if (!isComposed(change.type) || effectOf(change.actions) === 'none') return false;
  return inner.every(
    ({ address, actions }) => realAddress(address) !== change.address || effectOf(actions) === 'none',
  );
}

function declaredAddresses({ outputs, plannedOutputs, priorOutputs }: Plan): {
  before: ReadonlySet<string>;
  after: ReadonlySet<string>;
} {
  const change = outputs[MANIFEST_OUTPUT];
  const before = change ? change.before : priorOutputs[MANIFEST_OUTPUT];
  const after = change ? change.after : (plannedOutputs[MANIFEST_OUTPUT] ?? before);
  return { before: addressesIn(before), after: addressesIn(after) };
}

function addressesIn(manifest: unknown): ReadonlySet<string> {
  return new Set(Object.keys((manifest as { addresses?: object } | null | undefined)?.addresses ?? {}));
}
