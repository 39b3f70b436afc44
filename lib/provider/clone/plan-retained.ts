import { didYouMean } from '../../model/names';
import { UNKNOWN } from '../protocol/values';
import type { CloneState, Maybe } from './clone-state';
import { newOverlayPath } from './plan-overlay';
import type { Situation } from './situation';
import { isKnown, isThere } from './situation';

type Paths = Readonly<Record<string, string>>;

/** The system overlays that are kept as the way back, by volume. */
export function planRetained(situation: Situation): Maybe<Paths> {
  const { config, retired, told, prior, base } = situation;
  const { retain } = config;
  if (retired === true || retain === null) return {};
  if (!isKnown(retired) || !isKnown(retain) || !isKnown(config.base) || !isKnown(base)) return UNKNOWN;
  if (retain === config.base) {
    told.error(
      ['retain'],
      `\`retain\` is ${JSON.stringify(retain)}, the base that the clone is on: name the base that it comes from, or leave it out`,
    );
    return {};
  }
  if (prior !== null && prior.base === retain && prior.retired !== true) return formerOverlays(prior);
  if (prior !== null && prior.retain === retain && Object.keys(prior.retained).length > 0)
    return stillThere(situation, prior);
  return markedOverlays(situation, retain) ?? freshOverlays(situation, retain);
}

function formerOverlays(prior: CloneState): Paths {
  const paths = Object.entries(prior.volumes).flatMap(([volume, { type, path }]) =>
    type === 'system' && path !== null ? [[volume, path]] : [],
  );
  return Object.fromEntries(paths) as Paths;
}

function stillThere(situation: Situation, prior: CloneState): Paths {
  for (const [volume, path] of Object.entries(prior.retained)) {
    if (!isThere(situation, path)) {
      situation.told.warn(
        ['retained', { key: volume }],
        `retained overlay ${path} is not on the host any more: going back to ${prior.retain} makes a fresh one; bring it back to keep its changes`,
      );
    }
  }
  return prior.retained;
}

/** Those of a run that broke off after it had made them. */
function markedOverlays(situation: Situation, retain: string): Paths | undefined {
  const { mark, prior } = situation;
  if (prior !== null || mark?.retain !== retain || Object.keys(mark.retained).length === 0) return undefined;
  return Object.values(mark.retained).every((path) => isThere(situation, path)) ? mark.retained : undefined;
}

function freshOverlays(situation: Situation, retain: string): Maybe<Paths> {
  const { facts, told, prior, name, config } = situation;
  const known = facts.bases.get(retain);
  if (known === undefined) {
    told.error(
      ['retain'],
      `base ${JSON.stringify(retain)} is not known (${didYouMean(retain, [...facts.bases.keys()]).replace(/\?$/, '')}): refer to its resource (retain = regraft_base.NAME.name), so that Terraform plans it first`,
    );
    return {};
  }
  if (prior !== null && prior.retired !== true) {
    told.warn(
      ['retain'],
      `clone ${name} is on ${prior.base} and retains ${prior.retain ?? 'no base'}: there are no overlays of it on ${retain} to keep, fresh ones are made`,
    );
  }
  if (config.volumes === UNKNOWN) return UNKNOWN;
  const system = Object.keys(config.volumes).filter((volume) => known.volumes[volume]?.type === 'system');
  return Object.fromEntries(system.map((volume) => [volume, newOverlayPath(situation, volume, retain)]));
}
