import type { BusyPolicy, PowerPolicy } from '../operations/rollout/options';
import type { ImageFormat, VolumeType } from '../model/volume-type';
import type { Limited } from '../model/limited';
import type { Proof } from '../model/run-record';
import type { Machines } from '../tools/machines';
import type { VirshShells } from '../tools/virsh-shells';
import type { Volumes } from '../tools/volumes';
import type { PlannedClones } from './clone/planned-clones';
import type { HostListing } from './host/host-listing';
import type { StoragePool } from './host/storage-pool';

/** A base as far as clones need to know it; known in a process when its resource was planned or applied in it. */
export interface KnownBase {
  readonly name: string;
  /** By volume name; all of the outline. */
  readonly volumes: Readonly<
    Record<
      string,
      {
        readonly type: VolumeType;
        readonly bus: string;
        /** The virtual size in bytes; null when it is only known on the host. */
        readonly size: number | null;
        readonly format: ImageFormat;
        /** The path of the base volume on the host; null for a blank temporary or a data volume. */
        readonly path: string | null;
        /** The image that a data volume is a full copy of. */
        readonly seed: string | null;
        readonly sha256: string | null;
      }
    >
  >;
}

/** What the provider works with in one process: its own arguments, and the host. */
export interface Configuration {
  readonly uri: string;
  readonly storage: { readonly name: string; readonly path: string };
  /** Seconds. */
  readonly shutdownTimeout: number;
  readonly onBusy: BusyPolicy;
  readonly power: PowerPolicy;
  readonly proof: Proof;
  /** The 14 digits that the names of new overlays end in (`YYYYMMDDhhmmss`, UTC); left out when the provider was not told. */
  readonly planTime?: string;
  readonly listing: HostListing;
  readonly machines: Machines;
  readonly volumes: Volumes;
  /** What `machines` and `volumes` speak over as well. */
  readonly connection: VirshShells;
  readonly storagePool: StoragePool;
  /** The machines that are started at the same time, of all applies of this process. */
  readonly starts: Limited;
  /** The volumes whose digest is computed at the same time, of all applies of this process. */
  readonly digests: Limited;
  /** Set by the first machine that does not shut down under `on_busy = "abort"`: no further machine is asked. */
  readonly stopping: { refusal?: string };
  /** The bases that were planned or applied in this process, by name. */
  readonly bases: Map<string, KnownBase>;
  /** The clones that this process was asked of. */
  readonly clones: PlannedClones;
}
