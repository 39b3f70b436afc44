import { backingFormatOf, QCOW2_EXTENSIONS } from '../model/qcow2-header';
import type { HostFacts, VolumeFact } from '../review';
import type { Volumes } from '../tools/volumes';

/**
 * The facts of a host with the format that each overlay itself fixes for its backing file.
 *
 * libvirt fills in what it finds in the backing file where an overlay says nothing, so the overlay's header is asked.
 *
 * @throws UserError when libvirt is not reachable
 */
export async function withBackingFormats(facts: HostFacts, volumes: Volumes): Promise<HostFacts> {
  const overlays = facts.volumes.filter(({ backing }) => backing !== undefined);
  const heads = await volumes.heads(
    overlays.map(({ name }) => name),
    QCOW2_EXTENSIONS,
  );
  const formats = new Map(overlays.map(({ name }, index) => [name, backingFormatOf(heads[index]!)]));
  return {
    ...facts,
    volumes: facts.volumes.map((volume): VolumeFact => {
      const format = formats.get(volume.name);
      return format === undefined ? volume : { ...volume, backingFormat: format };
    }),
  };
}
