/** What to do about an instance that Terraform refuses to destroy because regraft guards it. */
export function adviceOn(address: string): string {
  const [, block, key] = /^libvirt_\w+\.(\S+?)\["(.*)"\]$/.exec(address) ?? [];
  const parts = (key ?? '').split('/');
  const [owner, clone, volume] = parts;
  if (block?.endsWith('__data') && parts.length === 3) {
    return `data volume ${volume} of clone ${clone} would be lost: put ${clone} back into pool ${owner}, or name it in retired: ['${clone}'] of the pool, which keeps its data volumes`;
  }
  if (block?.endsWith('__bases') && parts.length === 2) {
    return `base ${owner} left the code: put it back with retired: true and apply that first, then drop it`;
  }
  return `${address} is guarded: take back the change that would destroy it`;
}
