import { dataFileName } from './file-names';
import type { HealthCheck } from './health';
import type { ProviderGeneration } from './host';
import { jsonOf } from './json';
import { compareNames } from './outline';
import type { RebasePlan } from './rebase-plan';
import type { VolumeType } from './volume-type';

/** What stands at a Terraform address. */
export type AddressRole =
  | {
      readonly role: 'base';
      readonly host: string;
      readonly base: string;
      readonly volume: string;
      readonly type: VolumeType;
      readonly retired: boolean;
    }
  | {
      readonly role: 'overlay' | 'retained';
      readonly host: string;
      readonly pool: string;
      readonly clone: string;
      readonly volume: string;
      readonly type: 'system' | 'temporary';
      readonly base: string;
    }
  | {
      readonly role: 'data' | 'archived';
      readonly host: string;
      readonly pool: string;
      readonly clone: string;
      readonly volume: string;
      readonly type: 'data';
      /** The virtual size in bytes that the code says; left out where it says none, and for one in the archive. */
      readonly size?: number;
      /** Its format, which is never probed; left out for qcow2. */
      readonly format?: 'raw';
      /** The file name; left out when it is the one that regraft gives. */
      readonly file?: string;
      /** The keys, `POOL/CLONE/VOLUME`, that it had when it was retired clones', the last first. */
      readonly from?: readonly string[];
    }
  | {
      readonly role: 'domain' | 'trigger' | 'cloud-init';
      readonly host: string;
      readonly pool: string;
      readonly clone: string;
    }
  | { readonly role: 'storage'; readonly host: string };

/** A host in the manifest. */
export interface ManifestHost {
  /** The libvirt URI without its password; left out when it is only known to Terraform. */
  readonly uri?: string;
  readonly provider: ProviderGeneration;
  readonly storage: string;
  readonly path: string;
}

/** A base in the manifest. */
export interface ManifestBase {
  readonly host: string;
  readonly retired: boolean;
  readonly volumes: Readonly<
    Record<
      string,
      {
        readonly type: VolumeType;
        readonly file?: string;
        readonly sha256?: string;
        /** Left out when it is qcow2. */
        readonly format?: 'raw';
      }
    >
  >;
}

/** A clone in the manifest. */
export interface ManifestClone {
  readonly base: string;
  /** The base whose overlays are kept as the way back. */
  readonly retainedBase?: string;
  readonly uuid: string;
  readonly macs: readonly string[];
  /** Set when its machine was there before regraft. */
  readonly adopted?: true;
  /** The address of its machine. */
  readonly domain: string;
  /** Each volume of the machine by name. */
  readonly volumes: Readonly<
    Record<string, { readonly type: VolumeType; readonly target: string; readonly address: string }>
  >;
}

/** A clone pool in the manifest. */
export interface ManifestPool {
  readonly host: string;
  readonly base: string;
  readonly clones: Readonly<Record<string, ManifestClone>>;
  /** The clones that were taken out while their data volumes are kept. */
  readonly retired: readonly string[];
  /** How the machines' health is checked; left out when the code says nothing of it. */
  readonly health?: readonly HealthCheck[];
  /** The folder on the host where each serial console is written to `CLONE.log`; left out when it is not. */
  readonly consoleLogs?: string;
}

/**
 * What a stack holds, as static data: the Terraform output `regraft`.
 *
 * As an output it stands in a plan's JSON before and after, so that a plan can be judged with nothing but itself.
 */
export interface Manifest {
  readonly version: 1;
  readonly hosts: Readonly<Record<string, ManifestHost>>;
  /** Bases by `HOST/BASE`. */
  readonly bases: Readonly<Record<string, ManifestBase>>;
  readonly pools: Readonly<Record<string, ManifestPool>>;
  readonly rebases: readonly RebasePlan[];
  /** What each address is. */
  readonly addresses: Readonly<Record<string, AddressRole>>;
}

/** A data volume, in use or in the archive, in the manifest. */
export type DataRole = Extract<AddressRole, { role: 'data' | 'archived' }>;

/** The file name of a data volume. */
export function dataFileOfRole({ clone, volume, file }: DataRole): string {
  return file ?? dataFileName(clone, volume);
}

/** The name of the Terraform output that holds the manifest. */
export const MANIFEST_OUTPUT = 'regraft';

/**
 * The manifest as its output holds it: one text of JSON.
 *
 * Of an object Terraform keeps the type of each of its parts too, which would be more than half of a state that
 * Terraform's local backend writes anew with every change. What holds a reference of Terraform's, or an escaped one,
 * stays an object, since Terraform reads such a text by other rules than those of JSON.
 */
export function manifestOutput(manifest: unknown): unknown {
  const text = JSON.stringify(manifest, (_, value: unknown) => byName(value));
  return /[$%]\{/.test(text) ? manifest : text;
}

/** An object with its entries in one order, whatever made it, as cdktf writes objects. */
function byName(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareNames(a, b)));
}

/** The value of an output: of that which holds the manifest, the manifest, however it is held. */
export function outputValue(name: string, held: unknown): unknown {
  return name === MANIFEST_OUTPUT && typeof held === 'string' ? (jsonOf(held) ?? held) : held;
}

/** The URI without its password, as it may be printed and written. */
export function maskedUri(uri: string): string {
  return uri.replace(/^([a-z0-9+.-]+:\/\/)([^/@:]*):[^/?#]*@/i, '$1$2:***@');
}
