/**
 * Addresses of what stands inside the resources of regraft's own provider.
 *
 * A clone or a base is one resource there. The review and all that follows it speak of machines and volumes, so each
 * of them has a virtual address: that of its resource, and where in it it stands.
 */

/** The address of the resource of a base. */
export function baseResource(host: string, base: string): string {
  return `regraft_base.${host}__${base}`;
}

/** The address of the resource of a clone. */
export function cloneResource(pool: string, clone: string): string {
  return `regraft_clone.${pool}__${clone}`;
}

/** The virtual address of the machine in a clone's resource. */
export function machineIn(resource: string): string {
  return `${resource}.machine`;
}

/** The virtual address of an overlay in a clone's resource: the same while its machine uses it and while it is retained. */
export function overlayIn(resource: string, volume: string, base: string): string {
  return volumeIn(resource, `${volume}/${base}`);
}

/** The virtual address of a base volume in a base's resource, or of a data volume in a clone's. */
export function volumeIn(resource: string, volume: string): string {
  return `${resource}.volumes[${JSON.stringify(volume)}]`;
}

/** The virtual address of a data volume that is kept though no machine has it. */
export function archivedIn(resource: string, volume: string): string {
  return `${resource}.archived[${JSON.stringify(volume)}]`;
}

/** The address that Terraform knows: that of the resource for a virtual one, else the address itself. */
export function realAddress(address: string): string {
  return VIRTUAL.exec(address)?.[1] ?? address;
}

const VIRTUAL =
  /^((?:module\..+\.)?regraft_(?:base|clone)\.[\w-]+(?:\[[^\]]*\])?)\.(?:machine$|(?:volumes|archived)\[)/;

/** The addresses that Terraform knows, each once. */
export function realAddresses(addresses: Iterable<string>): string[] {
  return [...new Set([...addresses].map(realAddress))];
}

/** The virtual addresses of the model's objects. */
export const regraftAddresses = {
  base: (host: string, { name }: { readonly name: string }, volume: string): string =>
    volumeIn(baseResource(host, name), volume),
  overlay: (
    pool: string,
    clone: string,
    { volume, base }: { readonly volume: string; readonly base: { readonly name: string } },
  ): string => overlayIn(cloneResource(pool, clone), volume, base.name),
  data: (_host: string, key: string): string => inClone(key, volumeIn),
  archived: (_host: string, key: string): string => inClone(key, archivedIn),
  domain: (pool: string, clone: string): string => machineIn(cloneResource(pool, clone)),
  // The provider itself makes the storage pool.
  storage: (): undefined => undefined,
};

function inClone(key: string, address: (resource: string, volume: string) => string): string {
  const [pool = '', clone = '', volume = ''] = key.split('/');
  return address(cloneResource(pool, clone), volume);
}
