import { posix } from 'node:path';
import { imageDigest } from '../../images/image-digest';
import { wholeSectors } from '../../model/size';
import { UserError } from '../../model/user-error';
import { withCloudInitIso } from '../../tools/iso';
import { LostConnection } from '../../tools/virsh-connection';
import type { Configuration } from '../configuration';
import type { VolumeFacts } from '../host/facts';
import { isHalfMade, makeWhole } from '../host/half-made';
import type { Growth, NewData, NewMedium, NewOverlay } from './changes';

/** Makes what a clone needs in the storage pool; each is made anew unless it is `kept`, so that it can be done again. */
export class CloneVolumes {
  /** The paths of what was made, in this order. */
  readonly made: string[] = [];

  constructor(
    private readonly configuration: Configuration,
    /** The paths of what the clone's machine has, and is not made anew. */
    private readonly kept: ReadonlySet<string>,
  ) {}

  /**
   * Makes overlays at one go; what a run that broke off has left in their places has never been used and goes.
   *
   * @throws UserError when a base volume is not there, and with libvirt's words
   */
  async overlays(wanted: readonly NewOverlay[]): Promise<void> {
    const { listing, storagePool, volumes } = this.configuration;
    const missing = wanted.filter(({ path }) => !this.kept.has(path));
    const known = await listing.facts(missing.flatMap(({ backing }) => backing?.path ?? []));
    const fresh = missing.map((overlay) => ({ ...overlay, size: sizeOf(overlay, known) }));
    if (fresh.length === 0) return;
    await storagePool.ensure();
    const paths = fresh.map(({ path }) => path);
    await this.delete(paths);
    try {
      await volumes.create(
        ...fresh.map(({ path, size, backing }) => ({
          name: posix.basename(path),
          size: wholeSectors(size),
          ...(backing === null ? {} : { backing }),
        })),
      );
    } catch (error) {
      // Whatever becomes of this look, the first trouble is what is told.
      await this.noteThose(paths).catch(() => undefined);
      throw error;
    }
    this.made.push(...paths);
    for (const { path, size, backing } of fresh) this.note(path, size, 'qcow2', backing?.path);
  }

  /** Notes which of some volumes are there. */
  private async noteThose(paths: readonly string[]): Promise<void> {
    const { listing, volumes } = this.configuration;
    const found = await volumes.known(paths.map((path) => posix.basename(path)));
    for (const volume of found) {
      if (!volume) continue;
      this.made.push(volume.path);
      listing.noteVolume(volume);
    }
  }

  /**
   * Makes a data volume; one that is there whole is used as it is.
   *
   * @returns whether it was there
   * @throws UserError when its seed is not what was said, and with libvirt's words
   */
  async data({ volume, path, size, format, seed, seedSha256 }: NewData): Promise<'made' | 'found'> {
    const { listing, volumes } = this.configuration;
    const name = posix.basename(path);
    const present = (await listing.read()).volumes.has(path);
    if (present && !(await isHalfMade(name, this.configuration))) return 'found';
    if (seed === null) {
      if (size === null)
        throw new UserError(`data volume ${volume} has no size and no seed: say its size in bytes`);
      await this.replace(path, () => volumes.create({ name, size: wholeSectors(size), format }));
      this.note(path, size, format);
      return 'made';
    }
    await refuseOtherSeed(volume, seed, seedSha256);
    await makeWhole(name, this.configuration, async () => {
      if (present) await volumes.delete(name);
      await volumes.upload(name, seed);
      // libvirt takes it as raw until it has looked at it, and would make a raw file of it longer.
      const [made] = await volumes.facts([name]);
      if (made && size !== null && wholeSectors(size) > made.capacity)
        await volumes.grow(name, wholeSectors(size));
    });
    this.made.push(path);
    const [made] = await volumes.known([name]);
    if (made) listing.noteVolume(made);
    return 'made';
  }

  /**
   * Makes a cloud-init medium.
   *
   * @throws UserError when no program here writes one, and with libvirt's words
   */
  async medium({ path, userData, metaData, networkConfig }: NewMedium): Promise<void> {
    if (this.kept.has(path)) return;
    const { volumes } = this.configuration;
    const files = {
      'user-data': userData,
      'meta-data': metaData,
      ...(networkConfig === null ? {} : { 'network-config': networkConfig }),
    };
    await withCloudInitIso(files, volumes.surroundings, (iso) =>
      this.replace(path, (name) => volumes.upload(name, iso)),
    );
    this.note(path, 0, 'raw');
  }

  /**
   * Makes a volume larger, also one of a running machine; one that is large enough is left alone.
   *
   * @throws UserError when it is not there, and with libvirt's words
   */
  async grow({ volume, path, size }: Growth, running: string | undefined): Promise<void> {
    const { listing, volumes, machines } = this.configuration;
    const name = posix.basename(path);
    const [now] = await volumes.known([name]);
    if (now === undefined)
      throw new UserError(`volume ${volume} (${path}) is not in the storage pool: bring it back`);
    const wanted = wholeSectors(size);
    if (now.capacity >= wanted) return;
    if (running === undefined) await volumes.grow(name, wanted);
    else await machines.growDisk(running, path, wanted);
    listing.noteVolume({ ...now, capacity: wanted });
  }

  /**
   * Deletes volumes, those that are gone already passed over.
   *
   * @throws UserError with libvirt's words
   */
  async delete(paths: Iterable<string>): Promise<void> {
    const { listing, volumes } = this.configuration;
    const present = (await listing.read()).volumes;
    const there = [...paths].filter((path) => present.has(path));
    if (there.length === 0) return;
    const names = there.map((path) => posix.basename(path));
    try {
      await volumes.delete(...names);
    } catch (error) {
      if (error instanceof LostConnection) throw error;
      // When libvirt went away it may have deleted some of them before.
      const left = await volumes.known(names);
      if (left.some((volume) => volume !== undefined)) throw error;
    }
    for (const path of there) listing.forgetVolume(path);
  }

  private async replace(path: string, make: (name: string) => Promise<void>): Promise<void> {
    await this.configuration.storagePool.ensure();
    await this.delete([path]);
    await make(posix.basename(path));
    this.made.push(path);
  }

  private note(path: string, capacity: number, format: string, backing?: string): void {
    this.configuration.listing.noteVolume({
      name: posix.basename(path),
      path,
      capacity: wholeSectors(capacity),
      allocation: 0,
      format,
      modified: '',
      ...(backing === undefined ? {} : { backing }),
    });
  }
}

async function refuseOtherSeed(volume: string, seed: string, sha256: string | null): Promise<void> {
  const digest = await imageDigest(seed);
  if (digest === undefined)
    throw new UserError(
      `volume ${volume}: there is no seed ${seed} on this machine: expected the path of an image file`,
    );
  if (sha256 !== null && digest !== sha256)
    throw new UserError(
      `volume ${volume}: the SHA-256 of seed ${seed} is ${digest}, expected ${sha256}: get the image again, or say the digest of this one`,
    );
}

/**
 * The virtual size of an overlay in bytes: its own, or that of what it stands on.
 *
 * @throws UserError when that is not there
 */
function sizeOf({ path, size, backing }: NewOverlay, known: ReadonlyMap<string, VolumeFacts>): number {
  const below = backing === null ? undefined : known.get(backing.path);
  if (backing !== null && below === undefined)
    throw new UserError(
      `${path} cannot be made: base volume ${backing.path} is not in the storage pool; bring it back, or see what terraform plan says`,
    );
  const bytes = size ?? below?.capacity;
  if (bytes === undefined)
    throw new UserError(`${path} cannot be made: its size is not known; say the size of the volume`);
  return bytes;
}
