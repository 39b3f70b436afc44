import { modeText } from '../../layers';
import { BASE_MODE } from '../../model/prepared-base';
import { UserError } from '../../model/user-error';
import { readHostContents } from '../../tools/host-contents';
import type { Context } from '../context';
import { patiently } from '../power/patience';
import type { PreparePlan } from './request';

/**
 * Looks at the volumes that were made, as libvirt has them.
 *
 * @throws UserError unless each is a qcow2 file of its size that stands on nothing and that nobody may write to
 */
export async function whole({ draft, volumes }: PreparePlan, { env }: Pick<Context, 'env'>): Promise<void> {
  const { files } = await patiently(() => readHostContents(draft.uri, { env }));
  for (const { file, size } of volumes) {
    if (file === undefined) continue;
    const made = files.find(({ pool, name }) => pool === draft.storage && name === file);
    const found = made && {
      format: made.format,
      size: made.capacity,
      mode: modeText(made.mode ?? 0),
      ...(made.backing ? { backing: made.backing.path } : {}),
    };
    const expected = { format: 'qcow2', size, mode: BASE_MODE };
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw new UserError(
        `base volume ${file} is ${JSON.stringify(found ?? 'missing')}, expected ${JSON.stringify(expected)}: delete what there is of the base, and prepare it again`,
      );
  }
}
