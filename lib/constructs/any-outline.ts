import type { Base } from './base';
import type { ClonePool, ClonePoolProps } from './clone-pool';
import type { Rebase } from './rebase';

/* An outline is part of the types of bases and pools in both directions, so only `any` stands for all of them. */
/* eslint-disable @typescript-eslint/no-explicit-any */

/** A base of whatever outline. */
export type AnyBase = Base<any>;
/** A clone pool of whatever outline. */
export type AnyPool = ClonePool<any>;
/** Properties of a clone pool of whatever outline. */
export type AnyPoolProps = ClonePoolProps<any>;
/** A rebase of whatever outline. */
export type AnyRebase = Rebase<any>;
