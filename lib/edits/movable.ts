import type { Binding, Node, NodePath } from '@babel/traverse';
import { Ambiguous } from './code-edit';
import { classMember, classOfThis, memberName, ownerOfThis } from './follow';
import type { Sources } from './sources';

/** The kinds of nodes whose meaning depends on where they stand by more than names. */
const BOUND_TO_ITS_PLACE = [
  'AwaitExpression',
  'YieldExpression',
  'AssignmentExpression',
  'UpdateExpression',
  'SequenceExpression',
  'Super',
  'MetaProperty',
] as const satisfies readonly Node['type'][];

/**
 * Refuses an expression that would mean something else at another place of the same file.
 *
 * @throws Ambiguous with the name that the other place does not know, or not yet
 */
export function mustMeanTheSame(expression: NodePath, target: NodePath, sources: Sources): void {
  const move = new Move(expression, target, sources);
  const parts = partsOf(expression);
  for (const part of parts) {
    if ((BOUND_TO_ITS_PLACE as readonly string[]).includes(part.type) || part.isFunction() || part.isClass())
      throw move.refusal(part, `${JSON.stringify(expression.toString())} cannot be moved`);
  }
  move.check(parts);
}

/** A move of an expression to a place before it. */
class Move {
  private readonly checked = new Set<Binding>();

  constructor(
    private readonly expression: NodePath,
    private readonly target: NodePath,
    private readonly sources: Sources,
  ) {}

  refusal(path: NodePath, why: string): Ambiguous {
    const place = this.sources.place(path, 'declare it where the pool can name it');
    return new Ambiguous(`${why} (${place.file}:${place.line})`, [place]);
  }

  /** Checks the names and the members of `this` that an expression or a function reads. */
  check(parts: readonly NodePath[], root: NodePath = this.expression): void {
    for (const part of parts) {
      if (part.isReferencedIdentifier()) this.checkName(part, root);
      else if (part.isThisExpression()) this.checkThis(part);
    }
  }

  private checkName(path: NodePath, root: NodePath): void {
    const { name } = path.node as { name: string } & Node;
    const binding = path.scope.getBinding(name);
    if (!binding || binding.path.find(({ node }) => node === root.node)) return;
    // What a function reads by itself it finds where it was written.
    if (root === this.expression && this.target.scope.getBinding(name) !== binding)
      throw this.refusal(binding.path, `${name} is not known where the pool is declared`);
    this.checkTime(binding);
    if (path.parentPath?.isMemberExpression() && path.key === 'object') this.checkUntouched(binding);
  }

  /** What a name stands for is there before the pool, and so is all that its function needs. */
  private checkTime(binding: Binding): void {
    const { path, kind } = binding;
    if (this.checked.has(binding) || kind === 'module' || kind === 'param') return;
    this.checked.add(binding);
    const name = binding.identifier.name;
    if (!binding.constant) throw this.refusal(path, `${name} has several values`);
    const init = path.isVariableDeclarator() ? (path.get('init') as NodePath) : path;
    if (kind !== 'hoisted' && path.node.end! > this.target.node.start!)
      throw this.refusal(path, `${name} is declared after the pool`);
    if (init.isFunction()) this.check(partsOf(init).slice(1), init);
  }

  /** Nothing changes an object between the two places. */
  private checkUntouched(binding: Binding): void {
    const change = binding.referencePaths.find((reference) => {
      const between =
        reference.node.start! > this.target.node.start! && reference.node.end! < this.expression.node.start!;
      const member = reference.parentPath;
      const reads =
        member?.isMemberExpression() &&
        reference.key === 'object' &&
        (member.key === 'init' || member.parentPath.isObjectProperty());
      return between && !reads;
    });
    if (change)
      throw this.refusal(change, `${binding.identifier.name} may change between the pool and the Rebase`);
  }

  private checkThis(path: NodePath): void {
    const [here, there] = [ownerOfThis(path), ownerOfThis(this.target)];
    const owner = classOfThis(path);
    const isSame = here?.node === there?.node || (owner && owner.node === classOfThis(this.target)?.node);
    if (!isSame || [here, there].some(isStatic))
      throw this.refusal(path, '"this" is another one where the pool is declared');
    const member = path.parentPath;
    if (!member?.isMemberExpression() || path.key !== 'object') return;
    const name = memberName(member);
    if (name === undefined || !owner) throw this.refusal(path, 'a computed member of "this" cannot be moved');
    const isMethod = owner.node.body.body.some(
      (one) => one.type === 'ClassMethod' && one.key.type === 'Identifier' && one.key.name === name,
    );
    if (isMethod && member.key === 'callee') return;
    const value = classMember(owner, name);
    if (!value) throw this.refusal(member, `this.${name} is not set exactly once`);
    // Fields are set before what the constructor does; an assignment counts where it comes first for sure.
    if (value.parentPath!.isClassProperty() && there?.isClassMethod()) return;
    if (ownerOfThis(value)?.node !== there?.node || value.node.end! > this.target.node.start!)
      throw this.refusal(value, `this.${name} is set after the pool`);
  }
}

function isStatic(owner: NodePath | null): boolean {
  return (
    owner?.isStaticBlock() === true || (owner?.node as { static?: boolean } | undefined)?.static === true
  );
}

/** A node and all below it, types left out. */
export function partsOf(path: NodePath): NodePath[] {
  const parts = [path];
  path.traverse({
    enter(part) {
      if (part.isTSType()) part.skip();
      else parts.push(part);
    },
  });
  return parts;
}
