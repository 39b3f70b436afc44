import { TerraformElement, TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import type { Resources } from '../dialects/dialect';

/** The machine of a clone: an L1 resource whose attributes are computed at synthesis, when all rebases are known. */
export class MachineResource extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    { type, name }: { readonly type: string; readonly name: string },
    private readonly attributes: () => object,
  ) {
    super(scope, id, { terraformResourceType: type });
    this.overrideLogicalId(name);
  }

  /** The meta-arguments that a user set on this L1; cdktf would let the unset ones erase those of the dialect. */
  override get terraformMetaArguments(): { [name: string]: unknown } {
    return Object.fromEntries(
      Object.entries(super.terraformMetaArguments).filter(([, value]) => value !== undefined),
    );
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return { ...this.attributes() };
  }
}

/** Resources whose number is only known at synthesis; `addOverride('TYPE.NAME.ATTRIBUTE', …)` reaches each of them. */
export class ResourceSet extends TerraformElement {
  constructor(
    scope: Construct,
    id: string,
    private readonly resources: () => Resources,
  ) {
    super(scope, id);
  }

  override toTerraform(): object {
    return { resource: merge(this.resources(), this.rawOverrides) };
  }
}

function merge(base: unknown, override: unknown): unknown {
  if (!isRecord(base) || !isRecord(override)) return override === undefined ? base : override;
  const keys = new Set([...Object.keys(base), ...Object.keys(override)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(base[key], override[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
