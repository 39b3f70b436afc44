import type { NodePath } from '@babel/traverse';
import type { CodeEdit, EditRequest, FoundEdit, Place, SourceFile } from './code-edit';
import { Ambiguous } from './code-edit';
import type { Declared } from './constructs';
import { declaredOf, poolOf } from './constructs';
import type { PropertyPath } from './follow';
import { makeEdit } from './make-edit';
import { mustMeanTheSame, partsOf } from './movable';
import { mustRunOnce } from './runs-once';
import { Sources } from './sources';

/** Finds the edit that ends the rebase of a pool, or says why a person has to make it, and where. */
export function findEdit(files: readonly SourceFile[], request: EditRequest): FoundEdit {
  const sources = new Sources(files);
  const { own, unknown } = rebasesOf(request.pool, sources);
  try {
    return { result: edit(own, unknown, request, sources), unread: sources.unread };
  } catch (error) {
    if (!(error instanceof Ambiguous)) throw error;
    if (error.isAll) {
      return { result: { ambiguous: error.message, places: error.places }, unread: sources.unread };
    }
    const places = [
      ...own.map(({ path }) => sources.place(path, 'delete this statement')),
      ...(request.verb === 'promote' ? poolPlaces(own, request, sources) : []),
      ...unknown.map(({ path }) =>
        sources.place(path, `see whether this moves pool ${request.pool}; if so, delete it`),
      ),
      ...error.places,
    ];
    return { result: { ambiguous: error.message, places }, unread: sources.unread };
  }
}

/** The rebases of a pool, and those of which the code does not tell the pool. */
function rebasesOf(pool: string, sources: Sources): { own: Declared[]; unknown: Declared[] } {
  const all = declaredOf('Rebase', sources).map((rebase) => ({ rebase, of: poolOf(rebase, sources) }));
  const id = ({ of }: { of: Declared | undefined }): string | undefined => of?.id;
  return {
    own: all.filter((one) => id(one) === pool).map(({ rebase }) => rebase),
    unknown: all.filter((one) => id(one) === undefined).map(({ rebase }) => rebase),
  };
}

function poolPlaces(own: readonly Declared[], { pool }: EditRequest, sources: Sources): Place[] {
  const rebase = own[0];
  const to = rebase?.props?.('to')?.get('value') as NodePath | undefined;
  const text = to ? sources.of(to).text.slice(to.node.start!, to.node.end!) : 'the new base';
  const found = rebase
    ? [poolOf(rebase, sources)!]
    : declaredOf('ClonePool', sources).filter(({ id }) => id === pool);
  return found.map(({ path, props }) =>
    sources.place(props?.('base') ?? path, `set base to ${text.split('\n')[0]!}`),
  );
}

function edit(
  own: readonly Declared[],
  unknown: readonly Declared[],
  { verb, pool, rebases }: EditRequest,
  sources: Sources,
): CodeEdit {
  const rebase = theOnly(own, unknown, pool, rebases.length);
  const statement = statementOf(rebase);
  const to = rebase.props?.('to');
  if (!to) throw new Ambiguous('the Rebase does not say "to" as a property');
  if (verb === 'promote') mustMoveAll(rebase, pool, rebases, sources);
  mustRunOnce(rebase.path, 'the Rebase', sources);
  const target = to.get('value') as NodePath;
  const source = sources.of(statement);
  if (verb === 'revert') return makeEdit(source, { statement, to: target, keep: makesBase(target) });
  const base = baseOf(poolOf(rebase, sources)!, statement, sources);
  mustMeanTheSame(target, base.get('value') as NodePath, sources);
  const keep = makesBase(base.get('value') as NodePath);
  return makeEdit(source, { statement, to: target, base, keep });
}

/** @throws Ambiguous unless there is one rebase in the code, and that one in the stacks */
function theOnly(
  own: readonly Declared[],
  unknown: readonly Declared[],
  pool: string,
  synthesized: number,
): Declared {
  const [rebase, ...others] = own;
  if (!rebase && unknown.length === 0)
    throw new Ambiguous(`no Rebase of pool ${pool} is found in the project's files`);
  if (others.length > 0) throw new Ambiguous(`the code has ${own.length} Rebases of pool ${pool}`);
  if (unknown.length > 0) throw new Ambiguous('the code does not tell which pool a Rebase moves');
  if (synthesized > 1)
    throw new Ambiguous(`one Rebase in the code makes ${synthesized} rebases of pool ${pool} in the stacks`);
  return rebase!;
}

/** The statement that makes the rebase and nothing else. */
function statementOf({ path, id }: Declared): NodePath {
  const { parentPath: parent } = path;
  if (id === undefined) throw new Ambiguous("the Rebase's name is not written as a text of its own");
  if (parent.isExpressionStatement()) return parent;
  if (parent.isVariableDeclarator() && parent.parentPath.isVariableDeclaration()) {
    const declaration = parent.parentPath;
    const name = parent.get('id');
    const binding = name.isIdentifier() ? name.scope.getBinding(name.node.name) : undefined;
    const isAlone =
      declaration.node.declarations.length === 1 && !declaration.parentPath.isExportDeclaration();
    if (isAlone && binding?.constant && binding.referencePaths.length === 0) return declaration;
  }
  throw new Ambiguous('the Rebase is not a statement of its own: something else uses it');
}

/** @throws Ambiguous when clones of the pool stay on the old base */
function mustMoveAll(
  rebase: Declared,
  pool: string,
  rebases: EditRequest['rebases'],
  sources: Sources,
): void {
  const clones = rebases.flatMap((plan) => plan.clones);
  const moved = clones.filter(({ rebased }) => rebased);
  if (moved.length === clones.length) return;
  const some = `${moved.length} of ${clones.length} clones of pool ${pool}`;
  const chosen = rebase.props?.('clones');
  if (!chosen)
    throw new Ambiguous(
      `the stacks rebase ${some}, the code all of them: synthesize it, apply that, then promote`,
    );
  throw new Ambiguous(
    `the Rebase moves ${some}, and a promote ends a rebase of all: take "clones" out of it and apply that first, or revert`,
    [sources.place(chosen, 'take this out, to rebase all clones first')],
    true,
  );
}

/** The property by which a pool says its base. */
function baseOf(pool: Declared, statement: NodePath, sources: Sources): PropertyPath {
  const { path, props } = pool;
  if (sources.of(path) !== sources.of(statement))
    throw new Ambiguous(`the pool is declared in another file than the Rebase (${sources.where(path)})`);
  const base = props?.('base');
  if (!base) throw new Ambiguous(`the pool does not say "base" as a property (${sources.where(path)})`);
  mustRunOnce(path, 'the pool', sources);
  for (const part of partsOf(base.get('value') as NodePath)) {
    const given = part.isIdentifier() && part.scope.getBinding(part.node.name)?.kind === 'param';
    if (given && part.parentPath === base)
      throw new Ambiguous(`the pool's base is handed to the function that makes it (${sources.where(part)})`);
    if (part.isConditionalExpression() || part.isLogicalExpression())
      throw new Ambiguous(`the pool's base depends on a condition (${sources.where(part)})`);
  }
  return base;
}

/**
 * Whether an expression may make a base, not only name one.
 *
 * Taken out of the code, it would take the base out of the stack, and Terraform refuses to destroy a base's volumes.
 */
function makesBase(value: NodePath): boolean {
  return partsOf(value).some((part) => part.isCallExpression() || part.isNewExpression());
}
