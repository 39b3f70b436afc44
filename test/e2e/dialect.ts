import { dialectInUse } from '../../lab/provider';

/** Whether the suite runs for regraft's own provider (`REGRAFT_DIALECT=regraft`). */
export const isOwnProvider = dialectInUse() === 'regraft';

/** One of two, by the provider that the suite runs for. */
export function byProvider<Value>({ libvirt, regraft }: { libvirt: Value; regraft: Value }): Value {
  return isOwnProvider ? regraft : libvirt;
}

/** A test of what only provider dmacvicar/libvirt has; for regraft's own it is skipped, and its name says why. */
export function libvirtOnly(why: string): (name: string, act: () => Promise<void>) => void {
  return isOwnProvider ? (name, act) => test.skip(`${name} (not with dialect regraft: ${why})`, act) : test;
}

/** A test of what only regraft's own provider has. */
export const regraftOnly: (name: string, act: () => Promise<void>) => void = isOwnProvider ? test : test.skip;
