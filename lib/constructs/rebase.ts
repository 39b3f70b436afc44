import { Construct } from 'constructs';
import { HOLD_CONTEXT } from '../model/hold';
import { nameProblem } from '../model/names';
import type { RebasePlan, RebaseRequest } from '../model/rebase-plan';
import { planRebase, rebaseProblems } from '../model/rebase-plan';
import type { WaveSize } from '../model/waves';
import type { Base } from './base';
import type { ClonePool } from './clone-pool';
import type { OutlineTypes } from './volume';

/** Properties of a rebase. */
export interface RebaseProps<Outline extends OutlineTypes> {
  /** The pool whose clones move. */
  readonly pool: ClonePool<Outline>;
  /** The base that they move onto; a base of another outline does not compile. */
  readonly to: Base<NoInfer<Outline>>;
  /**
   * The clones that move, such as a few as a canary.
   * @default - all of the pool
   */
  readonly clones?: readonly string[];
  /**
   * Whether the old system overlays stay as the way back; `false` frees their space at once.
   * @default true
   */
  readonly retain?: boolean;
  /**
   * How many of the clones have moved when each wave of `regraft apply` is over, such as `[1, '10%', '100%']`.
   * @default - all at once
   */
  readonly waves?: readonly WaveSize[];
}

/**
 * Moves clones onto another base: system volumes are replaced, temporary volumes reset, data volumes pinned.
 *
 * Deleting it from the code reverts; deleting it and naming the new base on the pool promotes.
 */
export class Rebase<Outline extends OutlineTypes = OutlineTypes> extends Construct {
  /** The pool whose clones move. */
  readonly pool: ClonePool<Outline>;
  /** The base that they move onto. */
  readonly to: Base<Outline>;
  /** Whether the old system overlays stay. */
  readonly retain: boolean;
  /** How many of the clones have moved when each wave is over; empty when all move at once. */
  readonly waves: readonly WaveSize[];
  private readonly chosen: readonly string[] | undefined;
  private readonly held: readonly string[];
  private found?: readonly string[];

  constructor(scope: Construct, id: string, props: RebaseProps<Outline>) {
    super(scope, id);
    this.pool = props.pool;
    const held = (this.node.tryGetContext(HOLD_CONTEXT) ?? []) as readonly string[];
    this.held = held.flatMap((key) => (key.startsWith(`${props.pool.name}/`) ? [key.split('/')[1]!] : []));
    this.to = props.to as Base<Outline>;
    this.retain = props.retain ?? true;
    this.waves = props.waves ?? [];
    this.chosen = props.clones;
    const name = nameProblem('rebase', id);
    this.node.addValidation({ validate: () => [...(name === undefined ? [] : [name]), ...this.problems()] });
    props.pool.addRebase(this);
    this.to.addUser(`rebase ${id}`);
  }

  /**
   * What becomes of every clone and every volume, and why.
   *
   * @throws Error when the rebase cannot be carried out; synthesis says the same
   */
  get plan(): RebasePlan {
    return planRebase(this.request());
  }

  /** Whether a clone moves. */
  moves(clone: string): boolean {
    return (this.chosen === undefined || this.chosen.includes(clone)) && !this.held.includes(clone);
  }

  /** The names of the clones that move. */
  get movedClones(): string[] {
    return this.pool.members.map(({ name }) => name).filter((name) => this.moves(name));
  }

  /** What stands in the way, one message each; found once, since nothing that it depends on changes. */
  problems(): readonly string[] {
    this.found ??= [...this.elsewhere(), ...rebaseProblems(this.request())];
    return this.found;
  }

  private elsewhere(): string[] {
    const [from, to] = [this.pool.base, this.to];
    if (to.host === from.host) return [];
    return [
      `base ${to.name} is on host ${to.host.model.name}, pool ${this.pool.name} on ${from.host.model.name}: rebase onto a base of the same host`,
    ];
  }

  private request(): RebaseRequest {
    return {
      pool: this.pool.planned(),
      from: this.pool.base.image,
      to: this.to.image,
      retain: this.retain,
      held: this.held,
      waves: this.waves,
      ...(this.chosen === undefined ? {} : { clones: this.chosen }),
    };
  }
}
