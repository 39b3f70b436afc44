import { errorAt } from '../diagnostics';
import type { Listing } from '../host/facts';
import { object, objectsOf } from '../known';
import type { Diagnostic } from '../protocol/provider';
import type { ObjectValue, Value } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import { changesOf, hasMachine } from './changes';
import type { CloneState } from './clone-state';
import { planDestruction } from './plan';

/** A listing as it is when a clone has been destroyed: what is planned in its place must not stand on what goes. */
export function withoutClone(listing: Listing, clone: CloneState): Listing {
  const [machines, volumes] = [new Map(listing.machines), new Set(listing.volumes)];
  if (hasMachine(clone) && machines.get(clone.name)?.uuid === clone.uuid) machines.delete(clone.name);
  for (const path of changesOf(clone, null).removed) volumes.delete(path);
  return { ...listing, machines, volumes };
}

/** What there is to say where Terraform destroys a clone and makes it anew under its name. */
export function tellOfReplacement(former: CloneState, listing: Listing): readonly Diagnostic[] {
  const { name } = former;
  const { purged } = changesOf(former, null);
  if (purged.length === 0) return planDestruction(former, { listing });
  return [
    errorAt(
      `clone ${name} is to be replaced, and \`data_on_destroy = "purge"\` would delete its data (${purged.join(', ')}): set it to "keep" and apply first, or say another \`restore\`, which makes system and temporary volumes anew`,
      ['data_on_destroy'],
    ),
  ];
}

/**
 * A plan whose names are told in the apply.
 *
 * With `create_before_destroy` the former machine is still there then: it is taken over as it is, and Terraform, which
 * holds on to what was planned, must not stop after it has set the former object aside.
 */
export function withoutNames(planned: ObjectValue): ObjectValue {
  const volumes: Value = planned['volumes'] ?? null;
  const medium = object(planned['cloud_init']);
  return {
    ...planned,
    ...{ uuid: UNKNOWN, macs: UNKNOWN, retained: UNKNOWN },
    volumes: volumes === UNKNOWN ? volumes : Object.fromEntries(objectsOf(volumes).map(withoutPath)),
    ...(medium === undefined ? {} : { cloud_init: { ...medium, path: UNKNOWN } }),
  };
}

function withoutPath([name, volume]: [string, ObjectValue]): [string, Value] {
  return [name, volume['type'] === 'data' ? volume : { ...volume, path: UNKNOWN }];
}
