import { isActive } from '../../tools/machines';
import { parseMark } from '../clone/mark';
import type { Configuration } from '../configuration';
import { text } from '../known';
import type { DataSourceType } from '../protocol/provider';
import type { ObjectValue } from '../protocol/values';
import { clonesSchema } from '../schema/data-sources';

/** `regraft_clones`: the machines that carry the provider's mark. */
export const clonesSource: DataSourceType<Configuration> = {
  schema: clonesSchema,
  validate: () => [],
  async read(config, { listing }) {
    const { machines } = await listing.read();
    const wanted = text(config['base']);
    const clones: Record<string, ObjectValue> = {};
    for (const { name, uuid, state, xml } of machines.values()) {
      const mark = parseMark(xml);
      // One that was copied by hand carries another's mark.
      if (mark?.name !== name || (wanted !== undefined && mark.base !== wanted)) continue;
      clones[name] = { base: mark.base, retain: mark.retain, uuid, running: isActive(state) };
    }
    return { state: { base: config['base'] ?? null, clones } };
  },
};
