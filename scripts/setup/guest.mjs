// The lab's guest images, built from the sources in lab/guest.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildGuests } from '../../lab/guest/build.mjs';
import { cached } from './cache.mjs';
import { setUpGuestPackages, unpack } from './debian.mjs';
import { say } from './say.mjs';

/** The folder with the guest images, built when it is not in the cache. */
export async function setUpGuest(root) {
  const debs = await setUpGuestPackages();
  const sources = join(root, 'lab/guest');
  const inputs = [
    basename(debs),
    ...readdirSync(sources)
      .sort()
      .flatMap((name) => [name, readFileSync(join(sources, name))]),
  ];
  const { place, found } = await cached('guest', inputs, (work) => {
    say('guest images', 'building');
    const tree = join(work, 'packages');
    unpack(debs, tree);
    buildGuests(work, tree);
    rmSync(tree, { recursive: true });
  });
  if (found) say('guest images', 'already there');
  return place;
}
