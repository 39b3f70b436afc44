import type { Node, NodePath } from '@babel/traverse';
import type { NewPath, PropertyPath } from './follow';
import { follow, importedName, memberKey, memberName, property, unwrapped } from './follow';
import type { Source, Sources } from './sources';

/** A call. */
export type CallPath = NodePath<Extract<Node, { type: 'CallExpression' }>>;

/** A construct that the code makes, by `new X(scope, 'id', { … })`. */
export interface Declared<Path extends NodePath = NewPath> {
  readonly path: Path;
  /** Left out when it is not written as a literal. */
  readonly id?: string;
  /** Its properties by name; left out when they are not written as a literal, or when others are spread into it. */
  readonly props?: (name: string) => PropertyPath | undefined;
}

/** All constructs of a class of regraft that the code makes. */
export function declaredOf(className: 'Rebase' | 'ClonePool', sources: Sources): Declared[] {
  return sources.mentioning(className).flatMap(({ program }) => {
    const found: Declared[] = [];
    program.traverse({
      NewExpression(path) {
        if (regraftName(path.get('callee')) === className) found.push(declared(path));
      },
    });
    return found;
  });
}

/** All bases that a file makes, by `new Base(…)` and `Base.existing(…)`. */
export function basesIn({ program }: Source): Declared<NewPath | CallPath>[] {
  const found: Declared<NewPath | CallPath>[] = [];
  program.traverse({
    NewExpression(path) {
      if (regraftName(path.get('callee')) === 'Base') found.push(declared(path));
    },
    CallExpression(path) {
      const callee = path.get('callee');
      if (!callee.isMemberExpression() || memberName(callee) !== 'existing') return;
      if (regraftName(callee.get('object')) === 'Base') found.push(declared(path));
    },
  });
  return found;
}

/** The construct of a `new X(scope, 'id', { … })`. */
function declared<Path extends NewPath | CallPath>(path: Path): Declared<Path> {
  const [, id, props] = path.get('arguments') as NodePath[];
  const text = id && literalText(id.node);
  const object = props && unwrapped(props);
  const plain =
    object?.isObjectExpression() && object.get('properties').every((entry) => !entry.isSpreadElement())
      ? object
      : undefined;
  return {
    path,
    ...(text === undefined ? {} : { id: text }),
    ...(plain === undefined ? {} : { props: (name) => property(plain, name) }),
  };
}

/** The clone pool that a rebase moves: the one, `undefined` when the code does not tell. */
export function poolOf(rebase: Declared, sources: Sources): Declared | undefined {
  const value = rebase.props?.('pool')?.get('value') as NodePath | undefined;
  const made = value && follow(value, sources);
  if (!made?.isNewExpression() || regraftName(made.get('callee')) !== 'ClonePool') return undefined;
  return declared(made);
}

/** The name under which regraft exports what a callee names: through imports, `require` and namespaces. */
export function regraftName(callee: NodePath): string | undefined {
  if (callee.isMemberExpression()) return memberName(callee);
  if (!callee.isIdentifier()) return undefined;
  const { name } = callee.node;
  const binding = callee.scope.getBinding(name);
  if (!binding) return undefined;
  if (binding.kind === 'module') return importedName(binding.path);
  if (!binding.path.isVariableDeclarator()) return undefined;
  const pattern = binding.path.get('id');
  if (!pattern.isObjectPattern()) return undefined;
  const entry = pattern.node.properties.find(
    (one) => one.type === 'ObjectProperty' && one.value.type === 'Identifier' && one.value.name === name,
  );
  return entry && memberKey(entry);
}

function literalText(node: Node): string | undefined {
  if (node.type === 'StringLiteral') return node.value;
  return node.type === 'TemplateLiteral' && node.expressions.length === 0
    ? (node.quasis[0]?.value.cooked ?? undefined)
    : undefined;
}
