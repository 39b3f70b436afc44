import type { Configuration } from '../configuration';
import { errorAt, warningAt } from '../diagnostics';
import type { Listing } from '../host/facts';
import type { Diagnostic } from '../protocol/provider';
import { changesOf, hasMachine } from './changes';
import type { CloneState } from './clone-state';
import { planDestruction } from './plan';

/** A listing as it is when a clone has been destroyed: what is planned in its place must not stand on what goes. */
export function withoutClone(listing: Listing, clone: CloneState): Listing {
  const [machines, volumes] = [new Map(listing.machines), new Map(listing.volumes)];
  if (hasMachine(clone) && machines.get(clone.name)?.uuid === clone.uuid) machines.delete(clone.name);
  for (const path of changesOf(clone, null).removed) volumes.delete(path);
  return { ...listing, machines, volumes };
}

/** What there is to say where Terraform destroys a clone and makes it anew under its name. */
export function planReplacement(
  former: CloneState,
  listing: Listing,
  { power }: Pick<Configuration, 'power'>,
): Diagnostic[] {
  const { name } = former;
  const { purged } = changesOf(former, null);
  if (purged.length > 0)
    return [
      errorAt(
        `clone ${name} is to be replaced, and \`data_on_destroy = "purge"\` would delete its data (${purged.join(', ')}): set it to "keep" and apply first, or say another \`restore\`, which makes system and temporary volumes anew`,
        ['data_on_destroy'],
      ),
    ];
  const after = power === 'on' ? 'is started' : 'is off afterwards';
  return [
    ...planDestruction(former, { listing }),
    warningAt(
      `clone ${name} is destroyed and made anew: its machine ${after}, its overlays are fresh, and its data volumes are kept and found again. It must be destroyed first: with lifecycle { create_before_destroy = true }, its own or that of what depends on it, the apply stops before it changes the clone`,
      ['name'],
    ),
  ];
}
