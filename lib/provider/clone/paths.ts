import type { CloneState } from './clone-state';

/** The paths of a clone's volumes; a retired one has none but those of its data. */
export function volumePaths({ volumes }: Pick<CloneState, 'volumes'>): string[] {
  return Object.values(volumes).flatMap(({ path }) => path ?? []);
}

/** The paths of a clone's data volumes in use. */
export function dataPaths({ volumes }: Pick<CloneState, 'volumes'>): string[] {
  return Object.values(volumes).flatMap(({ type, path }) => (type === 'data' && path !== null ? [path] : []));
}

/** The paths of what a clone's machine has open: its volumes and its cloud-init medium. */
export function openPaths(state: Pick<CloneState, 'volumes' | 'cloud_init'>): string[] {
  return [...volumePaths(state), ...[state.cloud_init?.path ?? []].flat()];
}
