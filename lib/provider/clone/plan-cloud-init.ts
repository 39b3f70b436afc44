import type { ObjectValue, Value } from '../protocol/values';
import { UNKNOWN } from '../protocol/values';
import type { Situation } from './situation';
import { isKnown, isThere, pathIn } from './situation';

/** The cloud-init medium: made anew for another content, else the one that is there. */
export function planCloudInit(situation: Situation): Value {
  const { config, prior, retired, name, stamp } = situation;
  const said = config.cloud_init;
  if (!isKnown(said) || said === null) return said as Value;
  const content = said as unknown as ObjectValue;
  const { user_data, meta_data, network_config } = said;
  const former = prior?.cloud_init ?? null;
  const path = (): Value => {
    if (retired === true) return null;
    const fresh = pathIn(situation, `${name}.cloud-init.${stamp}.iso`);
    if (retired === UNKNOWN) return UNKNOWN;
    if (former === null || former.path === null) return fresh;
    if ([user_data, meta_data, network_config].includes(UNKNOWN)) return UNKNOWN;
    const same =
      user_data === former.user_data &&
      meta_data === former.meta_data &&
      network_config === former.network_config;
    return same && isThere(situation, former.path) ? former.path : fresh;
  };
  return { ...content, path: path() };
}
