import type { Configuration } from '../configuration';
import { warningAt } from '../diagnostics';
import type { Read, ResourceState } from '../protocol/provider';
import { baseState, knownBase } from './base-state';

/** A base as it is on the host: one that misses a volume leaves the state, so that it is made anew. */
export async function readBase(current: ResourceState, configuration: Configuration): Promise<Read> {
  const { listing, bases } = configuration;
  if (current.state === null) return current;
  const base = baseState(current.state);
  const { volumes } = await listing.read();
  const gone = Object.values(base.volumes).flatMap(({ path }) =>
    path === null || volumes.has(path) ? [] : [path],
  );
  if (gone.length === 0) {
    bases.set(base.name, knownBase(base));
    return current;
  }
  return {
    state: null,
    private: current.private,
    diagnostics: [
      warningAt(
        `base ${base.name} is not whole any more: ${gone.join(', ')} ${gone.length === 1 ? 'is' : 'are'} not in the storage pool; bring the file back as it was (the clones on it do not start without it), or the plan makes it anew from its image`,
      ),
    ],
  };
}
