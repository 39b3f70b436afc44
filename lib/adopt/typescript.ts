import type { ProviderGeneration } from '../model/host';
import { compareNames } from '../model/outline';
import { bytesOf, formatSize } from '../model/size';
import type { Size } from '../model/size';
import { Code, literal } from './literal';
import type { Literal } from './literal';
import type { Proposal, ProposedClone, ProposedPool, ProposedVolume } from './proposal';

/** What the code says besides the proposal. */
export interface CodeGiven {
  readonly uri: string;
  /** The provider that the hosts are written for; left out when the project says it. */
  readonly provider?: ProviderGeneration;
  readonly stack: string;
}

/** The app that declares what is adopted, as TypeScript. */
export function typescriptOf({ pools }: Proposal, { uri, provider, stack }: CodeGiven): string {
  const names = new Names(['App', 'TerraformStack', 'app', 'stack', ...REGRAFT]);
  const storages = [...new Map(pools.map(({ storage }) => [storage.name, storage])).values()];
  const hosts = new Map(storages.map(({ name }) => [name, names.next(`${name}-host`)]));
  const blocks = [
    ...storages.map(({ name, path }) =>
      statement(hosts.get(name)!, `new LibvirtHost(stack, ${literal(hostName(name))},`, {
        uri,
        provider,
        storage: { name, path, existing: true },
      }),
    ),
    ...pools.flatMap((pool) => {
      const [base, clones] = [names.next(pool.base.name), names.next(pool.pool)];
      return [
        ...pool.notes.map((note) => `// ${note}\n`),
        statement(base, `Base.existing(stack, ${literal(pool.base.name)},`, {
          host: new Code(hosts.get(pool.storage.name)!),
          volumes: volumesOf(pool),
        }),
        // Exported, since nothing else names it yet, which TypeScript may be told to refuse.
        `export ${statement(clones, `new ClonePool(stack, ${literal(pool.pool)},`, poolOf(pool, base))}`,
      ];
    }),
  ];
  const body = blocks.join('');
  const used = REGRAFT.filter((name) => new RegExp(`\\b${name}\\b`).test(body));
  return [
    `import { App, TerraformStack } from 'cdktf';\n`,
    `import { ${used.join(', ')} } from 'regraft';\n\n`,
    `const app = new App();\n`,
    `const stack = new TerraformStack(app, ${literal(stack)});\n`,
    body,
    `app.synth();\n`,
  ].join('');
}

const REGRAFT = ['Base', 'ClonePool', 'Firmware', 'Graphics', 'LibvirtHost', 'Network', 'Volume'];

function statement(name: string, call: string, props: Literal): string {
  return `const ${name} = ${call} ${literal(props)});\n`;
}

/** A host's name out of its storage pool's. */
function hostName(storage: string): string {
  const name = storage.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return /^[a-z]/i.test(name) ? name : `host-${name}`;
}

function volumesOf({ base }: ProposedPool): Literal {
  return Object.fromEntries(
    Object.entries(base.volumes).map(([name, volume]) => [
      name,
      new Code(`Volume.${volume.type}`, volumeProps(volume, base.volumes)),
    ]),
  );
}

function volumeProps(
  { type, bus, existing, format, size, boot }: ProposedVolume,
  all: Readonly<Record<string, ProposedVolume>>,
): Literal {
  const systems = Object.values(all).filter((volume) => volume.type === 'system');
  return {
    existing,
    format: format === 'qcow2' ? undefined : format,
    size: size === undefined ? undefined : sizeOf(size),
    bus: bus === 'virtio' ? undefined : bus,
    boot: type === 'system' && boot && systems.length > 1 ? true : undefined,
  };
}

function poolOf(pool: ProposedPool, base: string): Literal {
  const { clones, machine } = pool;
  const overrides = clones.flatMap(({ name, vcpus, memory }): [string, Literal][] => {
    const own: Literal = {
      vcpus: vcpus === machine.vcpus ? undefined : vcpus,
      memory: memory === machine.memory ? undefined : sizeOf(memory),
    };
    return Object.values(own).every((value) => value === undefined) ? [] : [[name, own]];
  });
  return {
    base: new Code(base),
    clones: clones.map(({ name }) => name),
    machine: machineOf(machine),
    overrides: overrides.length === 0 ? undefined : Object.fromEntries(overrides),
    adopted: Object.fromEntries(clones.map((clone) => [clone.name, adoptedOf(pool, clone)])),
  };
}

function adoptedOf({ base }: ProposedPool, { uuid, macs, volumes }: ProposedClone): Literal {
  const data = volumes
    .filter(({ type }) => type === 'data')
    .sort((a, b) => compareNames(a.volume, b.volume))
    .map(({ volume, file, format, size }): [string, Literal] => [
      volume,
      {
        file,
        format: format === 'qcow2' ? undefined : format,
        size: size === base.volumes[volume]!.size ? undefined : sizeOf(size),
      },
    ]);
  return {
    uuid,
    macs: macs.length === 0 ? undefined : macs,
    data: data.length === 0 ? undefined : Object.fromEntries(data),
  };
}

function machineOf(machine: ProposedPool['machine']): Literal {
  const { architecture, accelerator, cpuMode, firmware, graphics, networks } = machine;
  const usualCpu = accelerator === 'kvm' ? 'host-passthrough' : '';
  return {
    vcpus: machine.vcpus,
    memory: sizeOf(machine.memory),
    architecture: architecture === 'x86_64' ? undefined : architecture,
    machineType: machine.machineType,
    firmware:
      firmware.kind === 'bios'
        ? undefined
        : new Code('Firmware.uefi', { loader: firmware.loader, nvramTemplate: firmware.nvramTemplate }),
    accelerator: accelerator === 'kvm' ? undefined : accelerator,
    cpuMode: cpuMode === usualCpu ? undefined : cpuMode === '' ? 'default' : cpuMode,
    networks:
      networks.length === 0
        ? undefined
        : networks.map((network) =>
            network.kind === 'named'
              ? new Code('Network.named', network.network)
              : new Code('Network.bridge', network.bridge),
          ),
    graphics: graphics.kind === 'none' ? undefined : new Code(`Graphics.${graphics.kind}`, graphics.listen),
    guestAgent: machine.guestAgent ? undefined : false,
    autostart: machine.autostart ? true : undefined,
    consoleLogs: machine.consoleLogs,
  };
}

/** A size in the largest unit that says it whole; a number of bytes where none does. */
function sizeOf(bytes: number): Literal {
  const text = formatSize(bytes);
  return bytesOf(text as Size) === bytes && !/\dB$/.test(text) ? text : bytes;
}

/** Names of constants in the code, each once. */
class Names {
  private readonly taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.taken = new Set(taken);
  }

  next(wanted: string): string {
    const camel = wanted
      .replace(/[^A-Za-z0-9]+(.)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? '')
      .replace(/^./, (letter) => letter.toLowerCase());
    const plain =
      /^[a-z]/.test(camel) && !RESERVED.has(camel) ? camel : `${camel === '' ? 'it' : `a${camel}`}`;
    let name = plain;
    for (let number = 2; this.taken.has(name); number++) name = `${plain}${number}`;
    this.taken.add(name);
    return name;
  }
}

/** Words that JavaScript takes as no name. */
const RESERVED = new Set(
  (
    'break case catch class const continue debugger default delete do else enum export extends false finally for ' +
    'function if implements import in instanceof interface let new null package private protected public return ' +
    'static super switch this throw true try typeof var void while with yield await eval arguments undefined'
  ).split(' '),
);
