import type { Binding, Node, NodePath } from '@babel/traverse';
import type { Change } from './make-edit';
import { partsOf } from './movable';
import type { Source } from './sources';

/** A variable, and what declares nothing but it. */
export interface Variable {
  readonly binding: Binding;
  readonly declarator: NodePath;
  readonly declaration: NodePath;
}

/** What nothing uses any more after a change, which a compiler with `noUnusedLocals` would refuse. */
export interface Leftovers {
  /** Imported names, which go with their last use. */
  readonly imports: readonly Binding[];
  /** Variables of something that is made, which lose their name; what they make stays, as a base must not leave the stack. */
  readonly unnamed: readonly Variable[];
  /** Declarations of plain values, which go. */
  readonly plain: readonly NodePath[];
  /** All others, which are left to the user. */
  readonly unused: readonly Binding[];
}

/** The names that a change takes the last use from, and those that go with these. */
export function leftovers(source: Source, { statement, to, base, keep }: Change): Leftovers {
  const old = base?.get('value') as NodePath | undefined;
  const gone = new Set([statement, ...(old ? [old] : [])].map(({ node }) => node));
  const stays = new Set(
    [...(base || keep ? [to] : []), ...(old && keep ? [old] : [])].map(({ node }) => node),
  );
  const unnamed: Variable[] = [];
  const plain: NodePath[] = [];
  for (;;) {
    const unused = abandoned(source, gone, stays).filter(
      (binding) => !unnamed.some((variable) => variable.binding === binding),
    );
    const variables = isTypeScript(source) ? unused.flatMap((binding) => variableOf(binding) ?? []) : [];
    // What a type or a value names may have no more use either.
    const made = variables.filter(({ declarator }) => has(declarator.get('init') as NodePath, isMade));
    const values = variables.filter(({ declarator }) => !has(declarator.get('init') as NodePath, isNoValue));
    if (made.length + values.length === 0) {
      const isImport = ({ kind, path }: Binding): boolean =>
        kind === 'module' && path.parentPath?.isImportDeclaration() === true;
      return {
        imports: unused.filter((binding) => isImport(binding) && !hasOtherEffects(source, binding)),
        unnamed,
        plain,
        unused: unused.filter(({ kind }) => kind !== 'module' && kind !== 'param'),
      };
    }
    unnamed.push(...made);
    plain.push(...values.map(({ declaration }) => declaration));
    for (const { binding } of made) gone.add(binding.identifier);
    for (const { declaration } of values) gone.add(declaration.node);
  }
}

/** The names that are used where something goes, and nowhere else. */
function abandoned(source: Source, gone: ReadonlySet<Node>, stays: ReadonlySet<Node>): Binding[] {
  const inside = (path: NodePath, those: ReadonlySet<Node>): boolean =>
    path.find(({ node }) => those.has(node)) !== null;
  const candidates = new Set<Binding>();
  const used = new Set<Binding>();
  source.program.traverse({
    Identifier(path) {
      const binding = mentioned(path);
      if (!binding) return;
      if (inside(path, gone) && !inside(path, stays)) candidates.add(binding);
      else used.add(binding);
    },
    JSXIdentifier(path) {
      const binding = path.scope.getBinding(path.node.name);
      if (binding) used.add(binding);
    },
  });
  return [...candidates].filter(
    (binding) =>
      !used.has(binding) &&
      !inside(binding.path, gone) &&
      !binding.referencePaths.some((path) => path.isExportDeclaration()),
  );
}

/** A variable that is declared by itself, for good, as a statement of a block. */
function variableOf(binding: Binding): Variable | undefined {
  const declarator = binding.path;
  const declaration = declarator.parentPath;
  if (!declarator.isVariableDeclarator() || !declaration?.isVariableDeclaration()) return undefined;
  const isAlone = declaration.node.declarations.length === 1 && declaration.listKey === 'body';
  if (!isAlone || !binding.constant || !declarator.node.init || declarator.node.id.type !== 'Identifier')
    return undefined;
  return { binding, declarator, declaration };
}

function has(path: NodePath, is: (part: NodePath) => boolean): boolean {
  return partsOf(path).some(is);
}

/** Whether something happens here: a construct may be made. */
function isMade(path: NodePath): boolean {
  return path.isCallExpression() || path.isNewExpression();
}

/** Whether this is more than a value that can be left out unseen. */
function isNoValue(path: NodePath): boolean {
  const plain = ['ArrayExpression', 'ObjectExpression', 'ObjectProperty', 'Identifier', 'TemplateElement'];
  return !(path.isLiteral() || plain.includes(path.type) || path.isTSAsExpression());
}

/** How many statements there are in a part of the code, itself included. */
export function countStatements(path: NodePath): number {
  let count = path.isStatement() ? 1 : 0;
  path.traverse({ Statement: () => void count++ });
  return count;
}

/** What a name that is written somewhere speaks of, in types too; its declaration and the keys of others left out. */
function mentioned(path: NodePath<Extract<NodePath['node'], { type: 'Identifier' }>>): Binding | undefined {
  const { parentPath: parent, key } = path;
  const binding = path.scope.getBinding(path.node.name);
  if (!binding || binding.identifier === path.node || parent?.isImportSpecifier()) return undefined;
  const isKey =
    ((parent?.isMemberExpression() || parent?.isOptionalMemberExpression()) && key === 'property') ||
    (parent?.isObjectProperty() && key === 'key');
  return isKey && !(parent.node as { computed?: boolean }).computed ? undefined : binding;
}

function isTypeScript({ path }: Source): boolean {
  return /\.m?tsx?$/.test(path);
}

/** In JavaScript, the last import of a module also runs it; TypeScript leaves such an import out by itself. */
function hasOtherEffects(file: Source, { path }: Binding): boolean {
  const { specifiers, source } = path.parent as { specifiers: unknown[]; source: { value: string } };
  return specifiers.length === 1 && source.value !== 'regraft' && !isTypeScript(file);
}
