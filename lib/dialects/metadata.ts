import type { Clone } from '../model/clone';
import type { Host } from '../model/host';
import type { TemporaryVolume } from '../model/temporary-volumes';
import { temporaryVolumesOf, VOLUMES_NAMESPACE } from '../model/temporary-volumes';
import { overlayAddress, reference } from './addresses';

/**
 * What a machine's metadata says of its temporary volumes, as XML; `undefined` when it has none.
 *
 * The names of overlays are Terraform expressions. They end in the time of the plan and are known in every plan.
 *
 * @param escaped makes text into what stands between double quotes
 */
export function volumesMetadata(
  { storage }: Host,
  clone: Clone,
  escaped: (text: string) => string,
): string | undefined {
  const volumes = temporaryVolumesOf(clone);
  if (volumes.length === 0) return undefined;
  const folder = escaped(storage.path.replace(/\/+$/, ''));
  const elements = volumes.map(({ target, overlay, backing }: TemporaryVolume) => {
    const name = reference(overlayAddress(clone.pool, clone.name, overlay), 'name');
    const attributes = {
      target,
      path: `${folder}/${name}`,
      ...(overlay.size === undefined ? {} : { size: String(overlay.size) }),
      ...(backing === undefined
        ? {}
        : { backing: `${folder}/${escaped(backing.file)}`, 'backing-format': backing.format }),
    };
    const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${value}"`);
    return `<regraft:temporary${list.join('')}/>`;
  });
  return `<regraft:volumes xmlns:regraft="${VOLUMES_NAMESPACE}">${elements.join('')}</regraft:volumes>`;
}

/** Text as it stands in XML between double quotes. */
export function escapedXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
