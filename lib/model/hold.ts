/**
 * The cdktf context key that holds clones back from their rebase, as a list of `POOL/CLONE`.
 *
 * `regraft apply --on-failure revert` synthesizes with it; the code itself says nothing of it.
 */
export const HOLD_CONTEXT = 'regraft:hold';
