import type { Binding, Node, NodePath } from '@babel/traverse';
import type { Source, Sources } from './sources';

type NodeOf<Type extends Node['type']> = Extract<Node, { type: Type }>;

/** A `new X(…)`. */
export type NewPath = NodePath<NodeOf<'NewExpression'>>;

/** A class. */
export type ClassPath = NodePath<NodeOf<'ClassDeclaration' | 'ClassExpression'>>;

/** A property of an object literal. */
export type PropertyPath = NodePath<NodeOf<'ObjectProperty'>>;

/** What is followed at most, from name to name. */
const DEPTH = 20;

/** The expression without what only types need: `as`, `satisfies`, `!`. */
export function unwrapped(path: NodePath): NodePath {
  let inner = path;
  while (
    inner.isTSAsExpression() ||
    inner.isTSSatisfiesExpression() ||
    inner.isTSNonNullExpression() ||
    inner.isTSTypeAssertion()
  ) {
    inner = inner.get('expression') as NodePath;
  }
  return inner;
}

/** The expression that another one's value comes from, by names, imports and members; `undefined` where that cannot be told. */
export function follow(path: NodePath, sources: Sources, depth = DEPTH): NodePath | undefined {
  const inner = unwrapped(path);
  if (depth === 0) return undefined;
  const on = (next: NodePath | undefined): NodePath | undefined => next && follow(next, sources, depth - 1);
  if (inner.isAssignmentExpression({ operator: '=' })) return on(inner.get('right'));
  if (inner.isIdentifier()) {
    const binding = inner.scope.getBinding(inner.node.name);
    return binding && on(valueOf(binding, sources));
  }
  if (inner.isMemberExpression()) return on(memberValue(inner, sources, depth));
  return inner;
}

/** The only value that a name ever has, as an expression, or its declaration when it is a class or a function. */
function valueOf(binding: Binding, sources: Sources): NodePath | undefined {
  const { path, constantViolations } = binding;
  if (path.isVariableDeclarator() && path.get('id').isIdentifier()) {
    const init = path.get('init') as NodePath;
    if (init.node) return binding.constant ? init : undefined;
    const [only, ...others] = constantViolations;
    return others.length === 0 && only?.isAssignmentExpression({ operator: '=' })
      ? only.get('right')
      : undefined;
  }
  if (path.isClassDeclaration() || path.isFunctionDeclaration()) return binding.constant ? path : undefined;
  const name = importedName(path);
  if (name === undefined || !path.parentPath?.isImportDeclaration()) return undefined;
  const file = sources.imported(sources.of(path), path.parentPath.node.source.value);
  return file && exported(file, name, sources);
}

/** The name that an import specifier asks for. */
export function importedName(path: NodePath): string | undefined {
  if (path.isImportDefaultSpecifier()) return 'default';
  return path.isImportSpecifier() ? nameOf(path.node.imported) : undefined;
}

/** What a file exports under a name. */
function exported(source: Source, name: string, sources: Sources, depth = DEPTH): NodePath | undefined {
  if (depth === 0) return undefined;
  const local = (own: string): NodePath | undefined => {
    const binding = source.program.scope.getOwnBinding(own);
    return binding && valueOf(binding, sources);
  };
  for (const statement of source.program.get('body')) {
    if (statement.isExportDefaultDeclaration() && name === 'default') return statement.get('declaration');
    if (statement.isExportAllDeclaration()) {
      const file = sources.imported(source, statement.node.source.value);
      const found = file && exported(file, name, sources, depth - 1);
      if (found) return found;
    }
    if (!statement.isExportNamedDeclaration()) continue;
    if (statement.node.declaration && name in statement.getBindingIdentifiers()) return local(name);
    for (const specifier of statement.node.specifiers) {
      if (specifier.type !== 'ExportSpecifier' || nameOf(specifier.exported) !== name) continue;
      if (!statement.node.source) return local(specifier.local.name);
      const file = sources.imported(source, statement.node.source.value);
      return file && exported(file, specifier.local.name, sources, depth - 1);
    }
  }
  return undefined;
}

function memberValue(
  path: NodePath<NodeOf<'MemberExpression'>>,
  sources: Sources,
  depth: number,
): NodePath | undefined {
  const name = memberName(path);
  if (name === undefined) return undefined;
  const object = path.get('object');
  if (object.isThisExpression()) {
    const owner = classOfThis(object);
    return owner && classMember(owner, name);
  }
  const of = follow(object, sources, depth - 1);
  if (of?.isObjectExpression()) {
    const found = property(of, name);
    return found && (found.get('value') as NodePath);
  }
  if (!of?.isNewExpression()) return undefined;
  const made = follow(of.get('callee'), sources, depth - 1);
  return made?.isClass() ? classMember(made as ClassPath, name) : undefined;
}

/** The name of `a.name`, `a['name']` and `a.#name`. */
export function memberName(path: NodePath<NodeOf<'MemberExpression'>>): string | undefined {
  const { property: key, computed } = path.node;
  if (key.type === 'PrivateName') return `#${key.id.name}`;
  if (key.type === 'Identifier' && !computed) return key.name;
  return key.type === 'StringLiteral' ? key.value : undefined;
}

/** What owns `this`: a function that is no arrow function, or a property or static block of a class. */
export function ownerOfThis(path: NodePath): NodePath | null {
  return path.findParent(
    (parent) =>
      (parent.isFunction() && !parent.isArrowFunctionExpression()) ||
      parent.isClassProperty() ||
      parent.isClassPrivateProperty() ||
      parent.isStaticBlock() ||
      parent.isProgram(),
  );
}

/** The class whose instance `this` is. */
export function classOfThis(path: NodePath): ClassPath | undefined {
  const owner = ownerOfThis(path);
  return owner?.parentPath?.isClassBody() ? (owner.parentPath.parentPath as ClassPath) : undefined;
}

/** The only value that a class gives to a member of its instances. */
export function classMember(owner: ClassPath, name: string): NodePath | undefined {
  const values: NodePath[] = [];
  for (const member of owner.get('body').get('body')) {
    const isField = member.isClassProperty() || member.isClassPrivateProperty();
    if (isField && memberKey(member.node) === name && member.node.value) {
      values.push(member.get('value') as NodePath);
    }
  }
  owner.traverse({
    AssignmentExpression(assignment) {
      const left = assignment.get('left');
      if (!left.isMemberExpression() || !left.get('object').isThisExpression()) return;
      if (memberName(left) === name && classOfThis(left)?.node === owner.node)
        values.push(assignment.get('right'));
    },
  });
  return values.length === 1 ? values[0] : undefined;
}

/** The name of a class's member. */
export function memberKey(node: Node): string | undefined {
  if (!('key' in node) || !node.key) return undefined;
  const key = node.key as Node;
  if (key.type === 'PrivateName') return `#${key.id.name}`;
  return 'computed' in node && node.computed ? undefined : nameOf(key);
}

/** A property of an object literal. */
export function property(
  object: NodePath<NodeOf<'ObjectExpression'>>,
  name: string,
): PropertyPath | undefined {
  return object
    .get('properties')
    .find((entry): entry is PropertyPath => entry.isObjectProperty() && memberKey(entry.node) === name);
}

function nameOf(node: Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'StringLiteral' ? node.value : undefined;
}
