/**
 * The cdktf context key that asks for a restore of clones, as a text by `POOL/CLONE` that is another one for each restore.
 *
 * `regraft restore` synthesizes with it where the provider restores a clone by itself; the code itself says nothing of it.
 */
export const RESTORE_CONTEXT = 'regraft:restore';
