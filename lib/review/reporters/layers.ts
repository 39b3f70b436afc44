import type { PoolReview } from '../review';

/** The clones whose system overlays stand on one base. */
export interface Layer {
  readonly base: string;
  readonly clones: readonly string[];
  /** Whether they are only the way back, and no machine uses them. */
  readonly retained: boolean;
}

/** What stands on what in a pool, the overlays in use first. */
export function layersOf({ clones }: PoolReview, when: 'before' | 'after'): Layer[] {
  const layers = new Map<string, { base: string; clones: string[]; retained: boolean }>();
  const add = (base: string | undefined, clone: string, retained: boolean): void => {
    if (base === undefined) return;
    const key = `${retained} ${base}`;
    const layer = layers.get(key) ?? { base, clones: [], retained };
    layer.clones.push(clone);
    layers.set(key, layer);
  };
  for (const { clone, base } of clones) add(base[when], clone, false);
  if (when === 'after') for (const { clone, wayBack } of clones) add(wayBack, clone, true);
  if (when === 'before') {
    for (const { clone, volumes } of clones) {
      const retained = volumes.find(({ retained: one }) => one?.fate === 'discarded')?.retained?.base;
      add(retained, clone, true);
    }
  }
  return [...layers.values()];
}
