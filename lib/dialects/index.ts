import type { ProviderGeneration } from '../model/host';
import type { Dialect } from './dialect';
import { libvirt08 } from './libvirt-0.8';
import { libvirt09 } from './libvirt-0.9';
import { regraft } from './regraft';

/** The dialects by the generation of the provider that they are for. */
export const dialects: Readonly<Record<ProviderGeneration, Dialect>> = {
  '0.8': libvirt08,
  '0.9': libvirt09,
  regraft,
};
