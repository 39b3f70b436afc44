import type { VolumeFacts } from './facts';
import type { HostListing } from './host-listing';

/** What libvirt says of a volume; `undefined` when it is not there. */
export type LookUp = (path: string) => VolumeFacts | undefined;

/**
 * Computes what may need to know more of volumes than that they are there: again, until all that it looks up is known.
 *
 * @param compute a pure function
 * @throws UserError when libvirt is not reachable
 */
export async function withVolumeFacts<Result>(
  listing: HostListing,
  compute: (lookUp: LookUp) => Result,
): Promise<Result> {
  const asked = new Set<string>();
  for (;;) {
    const known = await listing.facts(asked);
    const open = new Set<string>();
    const result = compute((path) => {
      if (!known.has(path) && !asked.has(path)) open.add(path);
      return known.get(path);
    });
    if (open.size === 0) return result;
    for (const path of open) asked.add(path);
  }
}
