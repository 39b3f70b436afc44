import { UserError } from '../../model/user-error';
import type { Connection } from '../../tools/connection';
import { withTemporaryFile } from '../../tools/temporary-file';
import type { ListedStorage } from './facts';
import type { HostListing } from './host-listing';

/** The storage pool of the provider, made when it is first needed. */
export class StoragePool {
  private made: Promise<void> | undefined;

  constructor(
    readonly name: string,
    readonly path: string,
    private readonly connection: Connection,
    private readonly listing: HostListing,
  ) {}

  /**
   * Starts a storage pool that libvirt knows and that is not active.
   *
   * Its folder is never made: a missing one is a file system that is not mounted, and a machine would be made anew on
   * the disk below it.
   *
   * @throws UserError when it cannot be started, or libvirt has its folder elsewhere
   */
  async open(): Promise<void> {
    const { storage } = await this.listing.read();
    if (storage === undefined) return;
    this.refuseOther(storage);
    if (storage.active) return;
    await this.connection.command(['pool-start', this.name]).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        `storage pool ${this.name} is not active and does not start: ${error.message}; see whether ${this.path} is there and mounted on the host, then "virsh pool-start ${this.name}"`,
      );
    });
    await this.listing.refresh();
  }

  /**
   * Makes the storage pool unless it is there; once a process.
   *
   * @throws UserError with libvirt's words
   */
  ensure(): Promise<void> {
    this.made ??= this.make().catch((error: unknown) => {
      this.made = undefined;
      throw error;
    });
    return this.made;
  }

  private async make(): Promise<void> {
    const { storage } = await this.listing.read();
    if (storage !== undefined) return;
    // In this order a run that is killed in between leaves none that is defined and has no folder.
    const place = [this.name, 'dir', '--target', this.path];
    await this.connection.command(['pool-create-as', ...place, '--build']);
    await this.keep();
    await this.connection.command(['pool-autostart', this.name]);
    await this.listing.refresh();
  }

  /** Makes a storage pool that is active one that outlives the host's next start; it is the same by its UUID only. */
  private async keep(): Promise<void> {
    const xml = await this.connection.command(['pool-dumpxml', '--pool', this.name]);
    await withTemporaryFile(xml, (file) => this.connection.command(['pool-define', '--file', file]));
  }

  private refuseOther({ path }: ListedStorage): void {
    const plain = (folder: string): string => folder.replace(/(?<=.)\/+$/, '');
    if (plain(path) === plain(this.path)) return;
    throw new UserError(
      `storage pool ${this.name} is at ${path} on the host, not at ${this.path}: write that path, or choose another name`,
    );
  }
}
