import { TerraformElement, TerraformOutput, TerraformStack, Lazy } from 'cdktf';
import type { Construct } from 'constructs';
import { MANIFEST_OUTPUT, manifestOutput } from '../model/manifest';
import { compareNames } from '../model/outline';
import type { LibvirtHost } from './libvirt-host';
import { manifestOf } from './manifest';
import { stackProblems } from './stack-problems';

const ID = 'regraft';

/**
 * What a stack has once, whatever it has of hosts: the provider blocks, the moves and the manifest.
 *
 * One element renders them in a fixed order, so that the order of declaration does not show.
 */
export class StackContents extends TerraformElement {
  /** The one of a construct's stack, made when it is first asked for. */
  static of(construct: Construct): StackContents {
    const stack = TerraformStack.of(construct);
    const found = stack.node.tryFindChild(ID);
    return found instanceof StackContents ? found : new StackContents(stack);
  }

  private readonly hosts: LibvirtHost[] = [];

  private constructor(stack: TerraformStack) {
    super(stack, ID);
    const manifest = new TerraformOutput(this, 'manifest', {
      value: Lazy.anyValue({
        produce: (context) => manifestOutput(context.resolve(manifestOf(this.allHosts))),
      }),
      description: 'What this stack holds, by pool, clone, volume and address; read by regraft.',
      // It is no secret, but long: this keeps its thousands of lines out of "cdktf diff" and "cdktf deploy".
      sensitive: true,
    });
    manifest.overrideLogicalId(MANIFEST_OUTPUT);
    this.node.addValidation({ validate: () => stackProblems(stack.node.id, this.allHosts) });
  }

  /** The stack's hosts, by name. */
  get allHosts(): readonly LibvirtHost[] {
    return [...this.hosts].sort((a, b) => compareNames(a.model.name, b.model.name));
  }

  /** Registers a host; its constructor does so. */
  addHost(host: LibvirtHost): void {
    this.hosts.push(host);
  }

  override toTerraform(): object {
    const hosts = this.allHosts;
    const moved = hosts.flatMap((host) => host.moves()).sort((a, b) => compareNames(a.to, b.to));
    return {
      terraform: {
        required_providers: byProvider(hosts, ([{ dialect, providerVersion }]) => ({
          source: dialect.providerSource,
          version: providerVersion,
        })),
      },
      // Always an alias: when a host leaves the code, Terraform refuses instead of asking another host's provider.
      provider: byProvider(hosts, (own) =>
        own.map(({ model, dialect, settings }) => ({
          alias: model.name,
          ...dialect.provider(model, settings),
        })),
      ),
      ...(moved.length === 0 ? {} : { moved }),
    };
  }
}

/** What hosts come to, by the name of the provider that they share. */
function byProvider<Value>(
  hosts: readonly LibvirtHost[],
  valueOf: (own: [LibvirtHost, ...LibvirtHost[]]) => Value,
): Record<string, Value> {
  const names = [...new Set(hosts.map(({ dialect }) => dialect.providerName))].sort(compareNames);
  return Object.fromEntries(
    names.map((name) => [
      name,
      valueOf(
        hosts.filter(({ dialect }) => dialect.providerName === name) as [LibvirtHost, ...LibvirtHost[]],
      ),
    ]),
  );
}
