import type { Binding, NodePath } from '@babel/traverse';
import { Ambiguous } from './code-edit';
import type { ClassPath } from './follow';
import { classOfThis, follow, importedName, memberKey, memberName } from './follow';
import type { Sources } from './sources';

/**
 * Refuses a statement that may run never, or more than once: then its text stands for more than one construct.
 *
 * @throws Ambiguous with what it stands in
 */
export function mustRunOnce(
  path: NodePath,
  what: string,
  sources: Sources,
  seen: Set<unknown> = new Set(),
): void {
  if (seen.has(path.node)) throw new Ambiguous(`${what} is in code that calls itself`);
  seen.add(path.node);
  for (let child = path, parent = path.parentPath; parent; child = parent, parent = parent.parentPath) {
    if (parent.isFunction()) {
      mustNotReturnBefore(parent, child, path, what, sources);
      return mustRunOnce(onlyCall(parent, what, sources), what, sources, seen);
    }
    const reason = detour(parent, child);
    if (reason === undefined) continue;
    throw new Ambiguous(`${what} is in ${reason} (${sources.where(parent)})`, [
      sources.place(parent, 'see when this runs, and how often'),
    ]);
  }
}

/** What makes a part of the code run never or more than once. */
function detour(parent: NodePath, child: NodePath): string | undefined {
  if (parent.isIfStatement() || parent.isSwitchStatement())
    return child.key === 'test' ? undefined : 'a condition';
  if (parent.isConditionalExpression() || parent.isLogicalExpression())
    return child.key === 'test' || child.key === 'left' ? undefined : 'a condition';
  if (parent.isLoop()) return 'a loop';
  if (parent.isTryStatement()) return 'a try';
  if (parent.isOptionalCallExpression() || parent.isOptionalMemberExpression()) return 'an optional call';
  if (parent.isLabeledStatement()) return 'a labelled block';
  if (parent.isTSModuleBlock()) return 'a namespace';
  return undefined;
}

function mustNotReturnBefore(
  whole: NodePath,
  body: NodePath,
  path: NodePath,
  what: string,
  sources: Sources,
): void {
  if (!body.isBlockStatement()) return;
  let early: NodePath | undefined;
  body.traverse({
    Function: (inner) => inner.skip(),
    ReturnStatement(found) {
      if (found.node.start! < path.node.start!) early ??= found;
    },
  });
  if (!early) return;
  throw new Ambiguous(`${what} comes after a return (${sources.where(early)})`, [
    sources.place(early, `see when the function of line ${whole.node.loc!.start.line} goes on`),
  ]);
}

/** The only call of a function, or the only `new` of a constructor's class. */
function onlyCall(path: NodePath, what: string, sources: Sources): NodePath {
  if (path.isClassMethod() || path.isClassPrivateMethod()) {
    const owner = path.parentPath.parentPath as ClassPath;
    if (path.node.kind === 'constructor')
      return onlyUse(owner, `class ${className(owner)}`, 'new', what, sources);
    const name = memberKey(path.node);
    if (path.node.kind === 'method' && !path.node.static && name !== undefined)
      return onlyMethodCall(owner, name, what, sources);
  }
  if (path.isFunctionDeclaration())
    return onlyUse(path, `function ${path.node.id?.name ?? ''}`, 'call', what, sources);
  const { parentPath: parent } = path;
  if (parent?.isCallExpression() && path.key === 'callee') return parent;
  if (parent?.isVariableDeclarator()) {
    const id = parent.get('id');
    const binding = id.isIdentifier() ? id.scope.getBinding(id.node.name) : undefined;
    if (binding?.constant)
      return single(
        usesOf(binding, path, sources),
        `function ${binding.identifier.name}`,
        'call',
        what,
        sources,
      );
  }
  throw new Ambiguous(`${what} is in a function that other code calls (${sources.where(path)})`, [
    sources.place(path, 'see how often this is called'),
  ]);
}

function onlyUse(
  declaration: NodePath,
  name: string,
  by: 'new' | 'call',
  what: string,
  sources: Sources,
): NodePath {
  const { parentPath: parent } = declaration;
  const id = (declaration.node as { id?: { name: string } | null }).id?.name;
  // A class's own name is bound inside of it too; what counts is the name outside.
  const scope = declaration.parentPath!.scope;
  const named = parent?.isVariableDeclarator() ? parent.get('id') : undefined;
  const own = named?.isIdentifier() ? named.node.name : id;
  const binding = own === undefined ? undefined : scope.getBinding(own);
  const uses = [
    ...(binding ? usesOf(binding, declaration, sources) : []),
    ...(parent?.isExportDefaultDeclaration()
      ? importedUses('default', declaration, sources, ['import'])
      : []),
  ];
  return single(uses, name, by, what, sources);
}

/** The one use that there is, when it runs the code. */
function single(
  uses: readonly NodePath[],
  name: string,
  by: 'new' | 'call',
  what: string,
  sources: Sources,
): NodePath {
  const [only] = uses;
  const runs = by === 'new' ? only?.parentPath?.isNewExpression() : only?.parentPath?.isCallExpression();
  if (uses.length === 1 && runs && only!.key === 'callee') return only!.parentPath!;
  const places = uses.map((use) => sources.place(use, `see what this does with ${name}`));
  if (uses.length === 0)
    throw new Ambiguous(`${what} is in ${name}, and nothing in the project's files is seen to use that`);
  throw new Ambiguous(
    `${what} is in ${name}, which is used ${uses.length === 1 ? 'other than by one plain call' : `${uses.length} times`} (${uses.map((use) => sources.where(use)).join(', ')})`,
    places,
  );
}

/** Where a name is used as a value, in its own file and in those that import it. */
function usesOf(binding: Binding, value: NodePath, sources: Sources): NodePath[] {
  const { name } = binding.identifier;
  const local = binding.referencePaths.filter(isUse);
  if (!binding.scope.path.isProgram()) return local;
  const renamed = binding.referencePaths.some(
    ({ parent }) =>
      parent.type === 'ExportDefaultDeclaration' ||
      (parent.type === 'ExportSpecifier' && memberKey({ ...parent, key: parent.exported } as never) !== name),
  );
  return [...local, ...importedUses(name, value, sources, renamed ? ['import'] : [name])];
}

/** Where other files use what they import. */
function importedUses(name: string, value: NodePath, sources: Sources, words: readonly string[]): NodePath[] {
  const home = sources.of(value);
  return sources.mentioning(...words).flatMap((source) => {
    if (source === home) return [];
    const found = Object.values(source.program.scope.bindings).flatMap(({ path, referencePaths }) => {
      const asked = importedName(path);
      if (asked === undefined || !referencePaths[0]) return [];
      const is = follow(referencePaths[0], sources);
      // An import that cannot be followed counts by its name.
      return (is ? is.node === value.node : asked === name) ? referencePaths.filter(isUse) : [];
    });
    if (!words.includes(name)) return found;
    // `stacks.Classroom`, whatever `stacks` is, and what `require` gives.
    source.program.traverse({
      MemberExpression(member) {
        if (memberName(member) === name) found.push(member);
      },
      ObjectPattern(pattern) {
        if (pattern.node.properties.some((one) => memberKey(one) === name)) found.push(pattern);
      },
    });
    return found;
  });
}

/** Whether a reference is neither a type nor an export. */
function isUse(reference: NodePath): boolean {
  if (reference.isExportDeclaration() || reference.parentPath?.isExportDefaultDeclaration()) return false;
  return !reference.find((path) => path.isTSType() || path.isExportSpecifier());
}

/** The only call of a method, by `this` in its own class; a name that other code uses too may be this method. */
function onlyMethodCall(owner: ClassPath, name: string, what: string, sources: Sources): NodePath {
  const uses = sources.mentioning(name.replace('#', '')).flatMap(({ program }) => {
    const found: NodePath[] = [];
    program.traverse({
      MemberExpression(member) {
        if (memberName(member) === name) found.push(member);
      },
      OptionalMemberExpression(member) {
        if (memberKey({ ...member.node, key: member.node.property } as never) === name) found.push(member);
      },
    });
    return found;
  });
  const call = single(uses, `method ${name}`, 'call', what, sources);
  const object = uses[0]!.get('object') as NodePath;
  if (object.isThisExpression() && classOfThis(object)?.node === owner.node) return call;
  throw new Ambiguous(`${what} is in method ${name}, which other code calls (${sources.where(uses[0]!)})`, [
    sources.place(uses[0]!, `see how often method ${name} is called`),
  ]);
}

function className(owner: ClassPath): string {
  const { id } = owner.node;
  if (id) return id.name;
  const { parentPath: parent } = owner;
  const named = parent?.isVariableDeclarator() ? parent.node.id : undefined;
  return named?.type === 'Identifier' ? named.name : 'without a name';
}
