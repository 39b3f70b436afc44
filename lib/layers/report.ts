import type { BaseDeclaration } from './owners';
import type { Digest } from './input';

/**
 * What a file on a base is. `clone`: a machine is on it. `retained`: the way back of a rebase that is open. `unused`: a
 * state holds it, no machine is on it. `orphan`: it has the name of an overlay, and nobody knows it. `unmanaged`: of
 * other origin, and no machine is on it.
 */
export type DependentKind = 'clone' | 'retained' | 'unused' | 'orphan' | 'unmanaged';

/** A file or machine that stands on a base. */
export interface LayerDependent {
  readonly kind: DependentKind;
  /** The file; the base itself where a machine is right on it. */
  readonly path: string;
  /** The clone that it is of, as `STACK POOL/CLONE`; left out for what no stack of the project knows. */
  readonly owner?: string;
  /** The machines that are on it, each with the definitions that say so. */
  readonly machines: readonly { readonly name: string; readonly of: readonly string[] }[];
}

/** Where a base comes from: of regraft's, by Terraform or not, or of other origin. */
export type BaseOrigin = 'terraform' | 'existing' | 'undeclared' | 'other';

/** A base volume on a host. */
export interface BaseLayer {
  readonly path: string;
  /** The storage pool and the name in it; left out for a file that lies in none. */
  readonly pool?: string;
  readonly file?: string;
  /** Left out for a file of other origin. */
  readonly base?: string;
  readonly volume?: string;
  readonly origin: BaseOrigin;
  readonly declared: readonly BaseDeclaration[];
  /** The pools whose code or state names the base. */
  readonly usedBy: readonly string[];
  readonly missing: boolean;
  /** Bytes that the guest sees, and that it takes on the host. */
  readonly virtual?: number;
  readonly allocated?: number;
  readonly mode?: string;
  readonly digest?: Digest;
  /** When its bytes were last changed, in ISO 8601. */
  readonly modified?: string;
  /** Other names of the very same file. */
  readonly otherNames: readonly string[];
  readonly dependents: readonly LayerDependent[];
  /** Bytes that deleting it would free: none while something stands on it. */
  readonly frees: number;
}

/** The bases of a host. */
export interface HostBases {
  readonly host: string;
  readonly uri: string;
  readonly bases: readonly BaseLayer[];
  /** What could not be looked into, one sentence each; something there may stand on any of the bases. */
  readonly unknown: readonly string[];
}
